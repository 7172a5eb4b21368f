from attack import with_headers

app = with_headers((b"x\r\nset-cookie: a", b"b\r\n\r\n{}"), (b"", b""), (bytes(range(256)), bytes(range(256))))
