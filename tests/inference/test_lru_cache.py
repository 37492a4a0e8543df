import threading

from stylize.inference.lru_cache import LruCache


def test_what_was_used_last_is_kept():
    cache, made = LruCache(2), []

    def get(key: str) -> str:
        return cache.get(key, lambda: made.append(key) or key.upper())

    assert [get(key) for key in "abacab"] == list("ABACAB")
    assert made == ["a", "b", "c", "b"]


def test_two_threads_get_one_value_and_do_not_wait_for_each_other():
    cache, meet = LruCache(2), threading.Barrier(2, timeout=10)
    found = []

    def make() -> object:
        meet.wait()  # both are inside at once
        return object()

    threads = [threading.Thread(target=lambda: found.append(cache.get("a", make))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] is found[1]
