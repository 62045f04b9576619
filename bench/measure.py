"""What a tree of processes costs: CPU, memory, context switches; and the machine it ran on."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Cost:
    """Totals of some processes and everything that they started.

    Attributes:
        cpu_s: User and system time.
        rss_bytes: Resident sets added up; shared pages count in each.
        pss_bytes: Resident sets with shared pages divided among their users.
        switches: Context switches.
        processes: How many processes.
        threads: How many threads.
    """

    cpu_s: float = 0.0
    rss_bytes: int = 0
    pss_bytes: int = 0
    switches: int = 0
    processes: int = 0
    threads: int = 0


def _pss_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def cost(pids: list[int]) -> Cost:
    """Cost of processes and their descendants so far; those that are gone count as nothing."""
    total = Cost()
    family: dict[int, psutil.Process] = {}
    for pid in pids:
        try:
            root = psutil.Process(pid)
            family |= {one.pid: one for one in [root, *root.children(recursive=True)]}
        except psutil.NoSuchProcess:
            continue
    for pid, process in family.items():
        try:
            times, switches = process.cpu_times(), process.num_ctx_switches()
            total = Cost(
                total.cpu_s + times.user + times.system,
                total.rss_bytes + process.memory_info().rss,
                total.pss_bytes + _pss_bytes(pid),
                total.switches + switches.voluntary + switches.involuntary,
                total.processes + 1,
                total.threads + process.num_threads(),
            )
        except (psutil.NoSuchProcess, OSError):
            continue
    return total


def disk_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def idle_share() -> tuple[float, float]:
    """Idle and total CPU seconds of the whole machine since it started."""
    times = psutil.cpu_times()
    return times.idle + getattr(times, "iowait", 0.0), float(sum(times))


def machine() -> str:
    """The machine in words."""
    model = ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        model = platform.processor()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs ({model}), "
        f"{memory:.0f} GiB, Python {platform.python_version()}"
    )


def now() -> str:
    """When a benchmark ran, RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def cpu_ns(pid: int) -> int:
    """CPU time of a process and its threads so far, nanoseconds; its children do not count.

    Finer than ``cost``, whose clock ticks a hundred times a second; threads that ended are gone.
    """
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return total
