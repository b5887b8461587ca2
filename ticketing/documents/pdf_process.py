"""Make one page into a tagged PDF (PDF/UA-1): a script that `ticketing.documents.pdf` runs as its own process.

Standard input is JSON (`html`, `css`, `resources`: name -> [type, base64]); standard output is the PDF. With `archive`
(`at`: instant, `files`: [name, base64, description]), the PDF is a PDF/A-3u with these files in it. Exit status 3 means
that a library of the system is missing. The script reads no file and no network, whatever the page names.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
from datetime import datetime
from typing import Any

MISSING = 3
#: Limits on processor seconds and memory bytes, far above what any poster needs.
CPU, MEMORY = 30, 2_000_000_000


def main() -> int:
    """Read the input, make the PDF, write it, and return the exit status."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = json.loads(sys.stdin.buffer.read())
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # what a library prints must not end up in the PDF
    try:
        import weasyprint
    except OSError as fault:  # cffi: cannot load library
        sys.stderr.write(f"{fault}\n")
        return MISSING
    out.write(rendered(weasyprint, asked["html"], asked["css"], asked["resources"], asked.get("archive")))
    return 0


def rendered(
    weasyprint: Any, html: str, css: str, resources: dict[str, list[str]], archive: dict[str, Any] | None = None
) -> bytes:
    """Return the PDF of a page that may use these resources (`guichet:<name>`) and nothing else."""
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            scheme, _, name = url.partition(":")
            if scheme != "guichet" or name not in resources:
                sys.stderr.write(f"refused: {url[:200]}\n")
                raise ValueError(url)  # WeasyPrint renders the page without this resource
            kind, body = resources[name]
            return URLFetcherResponse(url, base64.b64decode(body), {"Content-Type": kind})

    fetcher, fonts = Fetcher(), FontConfiguration()
    style = weasyprint.CSS(string=css, url_fetcher=fetcher, font_config=fonts)
    page = weasyprint.HTML(string=html, url_fetcher=fetcher)
    options = {"pdf_variant": "pdf/ua-1"} if archive is None else archived(weasyprint, archive)
    made: bytes = page.write_pdf(stylesheets=[style], font_config=fonts, **options)
    return made


def archived(weasyprint: Any, archive: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a tagged PDF/A-3u with its files, which carry the given instant and not today's."""
    at = datetime.fromisoformat(archive["at"])
    attachments = [
        weasyprint.Attachment(
            file_obj=io.BytesIO(base64.b64decode(body)),
            name=name,
            description=description,
            created=at,
            modified=at,
            relationship="Data",
        )
        for name, body, description in archive["files"]
    ]
    return {
        "pdf_variant": "pdf/a-3u",
        "pdf_tags": True,
        "attachments": attachments,
        "finisher": lambda document, pdf: _once(pdf.catalog["AF"]),
    }


def _once(references: list[Any]) -> None:
    """Keep each file reference once: WeasyPrint names twice the files that are not in the page."""
    references[:] = dict.fromkeys(references)


if __name__ == "__main__":
    sys.exit(main())
