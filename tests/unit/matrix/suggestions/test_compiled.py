"""The file of what was learnt is that of its sources, and is read at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from matrix.suggestions.compiled import FILE, as_text, learnt, lexicon


def test_the_file_is_what_its_sources_teach():
    """After a change of the sources: `python -m matrix.suggestions`."""
    assert FILE.read_text("utf-8") == as_text(learnt())


def test_it_is_read_at_once():
    begun = time.process_time()
    lexicon(json.loads(FILE.read_text("utf-8")))
    assert time.process_time() - begun < 0.3
    assert FILE.stat().st_size < 500_000


def test_it_needs_little_memory():
    told = "import resource, matrix\nbefore = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    told += "from matrix.suggestions import shipped, suggest\nsuggest('Pronote', lexicon=shipped())\n"
    told += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 40_000  # kilobytes
