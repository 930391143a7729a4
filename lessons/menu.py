"""Name JupyterLab's menu items on a page, marked so that the course's extension can write their real names.

The names here are those of an English JupyterLab; another language, or a later version, has others.
"""

RUN_MENU = '<span class="kickback-run-menu">Run</span>'
RUN_ALL = f'{RUN_MENU}, then <span class="kickback-run-all">Run All Cells</span>'
