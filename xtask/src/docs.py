"""Runs the Python blocks of one Markdown page in order and reports each."""

import json
import sys
import traceback

page, blocks = sys.argv[1], json.loads(sys.argv[2])
names = {"__name__": "__main__"}
for line, text in blocks:
    try:
        # The empty lines before it make tracebacks name the lines of the page.
        exec(compile("\n" * line + text, page, "exec"), names)
        outcome = "ok"
    except (Exception, SystemExit):
        traceback.print_exc()
        outcome = "failed"
    print(f"\n\x01{outcome} {line}", flush=True)
