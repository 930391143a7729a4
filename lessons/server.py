"""What a Jupyter server loads: pages that are exported keep what their panels and forms show."""


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": "lessons.server"}]


def _load_jupyter_server_extension(server) -> None:
    # The server has no folder for settings of its exporters, as the command `jupyter nbconvert` has.
    chosen = server.web_app.settings["config"].HTMLExporter.preprocessors
    chosen.append("lessons.stored_page.StoredPage")
