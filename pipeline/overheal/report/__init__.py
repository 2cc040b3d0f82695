"""What people see of a run: the JSON document, the page for a terminal and the page for a browser.

Start at `document.assemble`; `text.render_text` and `html.render_html` draw what it returns.
"""
