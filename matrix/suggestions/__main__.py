"""Write what suggestions learn from their files: `python -m matrix.suggestions`, after a change of any of them."""

from matrix.suggestions.compiled import FILE, as_text, learnt

if __name__ == "__main__":
    FILE.write_text(as_text(learnt()), encoding="utf-8")
