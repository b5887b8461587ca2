"""The shape of a message: headers, parts, encodings, charsets, HTML, winmail.dat; every reader here is bounded."""
