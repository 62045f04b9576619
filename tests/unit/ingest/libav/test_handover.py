"""From a thread to the loop, bounded and in order."""

import asyncio
import threading
import time

from vedette.ingest.libav.handover import HandOver


def test_everything_arrives_in_order_in_few_batches() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        arrived: list[int] = []
        done = asyncio.Event()

        def take(number: int) -> None:
            arrived.append(number)
            if number == 999:
                done.set()

        queue = HandOver(loop, take, limit=100, limit_bytes=1 << 20)
        thread = threading.Thread(target=lambda: [queue.put(number) for number in range(1000)])
        thread.start()
        await asyncio.wait_for(done.wait(), 10)
        thread.join()
        assert arrived == list(range(1000))

    asyncio.run(story())


def test_a_full_queue_makes_the_thread_wait_until_it_is_closed() -> None:
    async def story() -> None:
        queue: HandOver[int] = HandOver(
            asyncio.get_running_loop(), lambda _: None, limit=3, limit_bytes=1 << 20
        )
        put: list[bool] = []

        def fill() -> None:
            while True:
                put.append(queue.put(len(put), 10))
                if not put[-1]:
                    return

        thread = threading.Thread(target=fill)
        thread.start()
        begun = time.monotonic()
        while len(put) < 3 and time.monotonic() - begun < 5:
            time.sleep(0.001)  # noqa: ASYNC251  the loop must not take anything meanwhile
        time.sleep(0.02)  # noqa: ASYNC251  see above
        assert len(put) == 3
        queue.close()
        thread.join(5)
        assert put == [True, True, True, False]

    asyncio.run(story())


def test_a_closed_loop_ends_the_thread() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    queue: HandOver[int] = HandOver(loop, lambda _: None, limit=3, limit_bytes=10)
    assert not queue.put(1)
