"""The frame of report.html: light and dark, readable on a phone, no script, no network."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark;
  --ink: #1d2733; --paper: #fbfaf7; --line: #d9d5cb; --soft: #5c6670; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e6e3dc; --paper: #16191d; --line: #343a41; --soft: #9aa4ae; }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; margin-bottom: 0; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
p, figcaption {{ color: var(--soft); }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line);
         font-weight: normal; vertical-align: top; overflow-wrap: anywhere; }}
td {{ font-variant-numeric: tabular-nums; }} .numbers td, .told th {{ white-space: nowrap; }}
.numbers th, .numbers td {{ overflow-wrap: normal; }}
.numbers td:last-child {{ white-space: normal; }}
@media (max-width: 36rem) {{
  th, td {{ padding-right: .5rem; }} .told th, .told td {{ display: block; }}
  .told th {{ border: 0; color: var(--soft); padding-bottom: 0; }} }}
.figures {{ display: grid; gap: 1.5rem;
           grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }}
figure {{ margin: 0; }} .reconstructions, .density, .plane, .snapshots {{ grid-column: 1 / -1; }}
img {{ max-width: 100%; background: #fff; border-radius: 4px; }}
summary {{ cursor: pointer; margin-top: 1.5rem; }}
</style></head><body>
<h1>{title}</h1>
<p>{summary}<br>{data}</p>
<h2>{heading}</h2>
<table class="numbers">{rows}</table>
<p>{note}</p>
{instruments}
<h2>Figures</h2>
<div class="figures">{pictures}</div>
<details><summary>Settings</summary><table>{settings}</table></details>
<details><summary>Where and with what</summary><table>{environment}</table></details>
</body></html>
"""
