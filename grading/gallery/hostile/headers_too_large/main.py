from attack import with_headers

app = with_headers((b"x-large", b"a" * 400_000))
