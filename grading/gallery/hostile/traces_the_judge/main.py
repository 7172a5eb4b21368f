import ctypes

from attack import aim, c, must_be_refused
from honest import app as app

for pid in aim.get("pids", []):
    buffer = ctypes.create_string_buffer(8)
    place = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
        must_be_refused(lambda request=request, pid=pid: c("ptrace", request, pid, 0, 0))
    for call in ("process_vm_readv", "process_vm_writev"):
        must_be_refused(lambda call=call, pid=pid: c(call, pid, place, 1, place, 1, 0))
    must_be_refused(lambda pid=pid: c("syscall", 434, pid, 0))  # pidfd_open
