"""The web server below the application: requests are taken in whole, answers given out, each bounded in size and time.

No thread waits for a client. One loop for each process receives and sends (`worker`, `connection`); a thread is taken
only when a request is whole, and given back while an answer waits for its reader (`exchange`). `framing` says where a
request ends, and refuses what two programs could read in two ways. gunicorn keeps the processes, reads the headers and
writes the answers' framing.
"""
