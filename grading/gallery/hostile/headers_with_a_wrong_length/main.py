from attack import with_headers

app = with_headers((b"content-length", b"5"), (b"content-length", b"9" * 19))
