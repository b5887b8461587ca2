"""Open a spreadsheet: bytes -> `Book`. The format is found from the content, never from the name alone."""

from __future__ import annotations

from matrix.sheets.formats import csvs, ods, xlsx
from matrix.sheets.model import Book, Grid, Kind, SheetRefused
from matrix.sheets.package import BROKEN, FILE_MAX, MACROS, TOO_BIG, Package, clean
from matrix.sheets.used_part import TABLE, Bounds

CSV_MAX = 2_000_000

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_ASK = "Enregistrez la feuille au format .xlsx (Excel) ou .ods (LibreOffice), puis renvoyez-la."
#: First bytes of files that people send by mistake -> what such a file is.
_OTHERS = (
    (
        b"\xd0\xcf\x11\xe0",
        "Ce fichier est un ancien classeur (.xls) ou un classeur protégé par un mot de passe. "
        "Retirez la protection s’il y en a une. " + _ASK,
    ),
    (b"%PDF", "Ce fichier est un PDF : il faut la feuille de calcul elle-même. " + _ASK),
    (b"{\\rtf", "Ce fichier est un texte mis en forme (RTF). " + _ASK),
    (b"\x89PNG", "Ce fichier est une image : il faut la feuille de calcul elle-même. " + _ASK),
    (b"\xff\xd8\xff", "Ce fichier est une image : il faut la feuille de calcul elle-même. " + _ASK),
)
_FLAT = "Ce fichier est un document XML ou une page web, et non une feuille de calcul. " + _ASK


def open_book(data: bytes, name: str, bounds: Bounds = TABLE) -> Book:
    """Return a file as grids, within the bounds. Raises `SheetRefused` with a sentence that says what to do."""
    name = shown(name)
    refuse_others(data)
    if packed(data):
        return _zipped(data, name, bounds)
    refuse_untexted(data, name)
    if len(data) > CSV_MAX:
        raise SheetRefused("Ce fichier CSV est trop long pour une annexe 2. " + _ASK)
    return _book(name, "csv", (csvs.read(data, "CSV"),), bounds)


def shown(name: str) -> str:
    """Return a file's name as pages show it."""
    return clean(name.replace("\n", " "), 120) or "feuille"


def packed(data: bytes) -> bool:
    """Whether the bytes are those of an archive, as workbooks are; two letters alone may begin a text."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def refuse_others(data: bytes) -> None:
    """Raise `SheetRefused` for a file that is empty, too long, or of a kind that people send by mistake."""
    if not data.strip(b"\x00 \r\n\t")[:1]:
        raise SheetRefused("Ce fichier est vide. " + _ASK)
    if len(data) > FILE_MAX:
        raise SheetRefused(
            f"Ce fichier dépasse {FILE_MAX // 1_000_000} Mo : copiez le seul tableau dans un classeur neuf, puis "
            "renvoyez-le."
        )
    for magic, sentence in _OTHERS:
        if data.startswith(magic):
            raise SheetRefused(sentence)


def refuse_untexted(data: bytes, name: str) -> None:
    """Raise `SheetRefused` for a text that is not a list of values: an XML document, a page, another extension."""
    start = data[:400].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<?xml", b"<!doctype", b"<html", b"<table", b"<workbook")):
        raise SheetRefused(_FLAT)
    if name.rpartition(".")[2].lower() not in ("csv", "txt", "tsv"):
        raise SheetRefused("Ce fichier n’est pas une feuille de calcul lisible. " + _ASK)


def _zipped(data: bytes, name: str, bounds: Bounds) -> Book:
    package = Package(data, bounds.elements)
    kind = _kind(package)
    extension = name.rpartition(".")[2].lower()
    if extension in ("xlsm", "xltm", "xlam", "xlsb"):
        raise SheetRefused(MACROS if extension != "xlsb" else "Ce fichier est un classeur binaire (.xlsb). " + _ASK)
    if extension != kind:
        raise SheetRefused(
            f"Ce fichier se nomme « {name} », mais son contenu est celui d’un fichier .{kind}. Enregistrez-le de "
            f"nouveau depuis votre tableur, ou donnez-lui l’extension .{kind}, puis renvoyez-le."
        )
    grids = xlsx.read(package, bounds) if kind == "xlsx" else ods.read(package, bounds)
    return _book(name, kind, grids, bounds)


def _book(name: str, kind: Kind, grids: tuple[Grid, ...], bounds: Bounds) -> Book:
    if not any(grid.cells for grid in grids):
        raise SheetRefused("Ce classeur ne contient aucune case remplie. Vérifiez le fichier, puis renvoyez-le.")
    if sum(len(cell.text) + len(cell.note) for grid in grids for cell in grid.cells.values()) > bounds.letters:
        raise SheetRefused(TOO_BIG)  # the whole book is carried from page to page
    return Book(name, kind, grids)


def _kind(package: Package) -> Kind:
    if "[Content_Types].xml" in package.names:
        types = b"".join(package.pieces("[Content_Types].xml"))
        if b"macroEnabled" in types or b"vbaProject" in types:
            raise SheetRefused(MACROS)
        if b"spreadsheetml.sheet.main" in types or b"spreadsheetml.template.main" in types:
            return "xlsx"
        if b"sheet.binary" in types:
            raise SheetRefused("Ce fichier est un classeur binaire (.xlsb). " + _ASK)
    kind = package.head("mimetype", 100).strip()
    if kind in (_ODS, _ODS + b"-template"):
        return "ods"
    if kind.startswith(b"application/vnd.oasis.opendocument") or "[Content_Types].xml" in package.names:
        raise SheetRefused("Ce fichier est un document bureautique, mais pas une feuille de calcul. " + _ASK)
    if "content.xml" in package.names:
        raise SheetRefused(BROKEN)
    raise SheetRefused("Ce fichier est une archive, et non une feuille de calcul. " + _ASK)
