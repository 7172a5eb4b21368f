from attack import with_headers

app = with_headers(*((f"x-{number}".encode(), b"a") for number in range(3_000)))
