# A notebook's kernel knows the course from its start, so that a cell that runs before the first one gets a
# sentence and no traceback: see lessons/order.py. A terminal, and a kernel without the course, stay so.
if hasattr(get_ipython(), "kernel"):  # noqa: F821
    try:  # noqa: SIM105 (another import would be one more name in every notebook)
        import lessons  # noqa: F401
    except ImportError:
        pass
