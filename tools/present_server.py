"""Voila, opened only by who knows its address: the token in it is made afresh at every start."""

import webbrowser
from threading import Thread

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import ioloop, web
from traitlets import Bool, Type, Unicode
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

REFUSED = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Not opened</title>'
    "<p>This page opens only by its whole address, with the token at its end. "
    "The terminal of <code>course.py present</code> shows it.</p></html>"
)


class Refusal(web.RequestHandler):
    """Answers who comes without the token, in place of a form that asks for a password."""

    def get(self) -> None:
        self.set_status(403)
        self.finish(REFUSED)


class Notes(JupyterHandler):
    """The page of notes. What lies among a template's static files is open to everybody on the computer."""

    @web.authenticated
    def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.finish(self.settings["voila"].notes)


class Shutdown(VoilaShutdownKernelHandler):
    """Ends the kernel of a page that is left or loaded again: each would cost 150 MB from then on."""

    def check_xsrf_cookie(self) -> None:
        # A page that is going cannot send the usual token along; only it knows its kernel's id.
        return


class ByAddress(PasswordIdentityProvider):
    """Lets in by the token in the address, and by the cookie that the page gets with it."""

    def get_handlers(self) -> list:
        return [(url_path_join(self.parent.base_url, "login"), Refusal)]


class Presenter(Voila):
    """Serves one lesson and its notes; says and opens the address."""

    auto_token = Bool(True, allow_none=True).tag(config=True)
    identity_provider_class = Type(ByAddress, klass=IdentityProvider).tag(config=True)
    notes = Unicode()

    def init_handlers(self) -> list:
        ours = [("notes", Notes), ("api/shutdown/(.*)", Shutdown)]
        place = url_path_join(self.server_url, "voila")
        return [*((url_path_join(place, path), handler) for path, handler in ours), *super().init_handlers()]

    @property
    def address(self) -> str:
        """The whole address of the page, with its token if it has one."""
        token = self.identity_provider.token
        return self.connection_url + (f"?token={token}" if token else "")

    def listen(self) -> None:
        # The port is known only when Voila listens, and from then on it does not return.
        ioloop.IOLoop.current().add_callback(print, f"The page is at {self.address}", flush=True)
        super().listen()

    def launch_browser(self) -> None:
        # Not by a file that leads there: a browser in a box of its own may not read it.
        try:
            browser = webbrowser.get(self.browser or None)
        except webbrowser.Error:
            print("No browser was found: open that address in one.", flush=True)
            return
        # A browser that runs in the terminal returns only when it is closed.
        Thread(target=browser.open, args=(self.address, self.webbrowser_open_new), daemon=True).start()


def run(settings: list[str], notes: str) -> None:
    """Serve until Ctrl+C; `settings` are Voila's, the notebook among them, `notes` is a whole page."""
    Presenter.launch_instance(settings, notes=notes)
