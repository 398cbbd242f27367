"""On what a measurement says that it was made."""

import pytest

from microattention import environment, hardware


class FakeImporter:
    """Stands for `importlib` in the module under test."""

    def __init__(self, found):
        self.found = found

    def import_module(self, name):
        if self.found is None:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return self.found


class FakePools:
    @staticmethod
    def threadpool_info():
        return [
            {"user_api": "openmp", "internal_api": "openmp", "version": None, "num_threads": 9},
            {"user_api": "blas", "internal_api": "mkl", "version": "2025.1", "num_threads": 3},
        ]


@pytest.fixture
def _no_variables(monkeypatch):
    for variable in environment.THREAD_VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.usefixtures("_no_variables")
def test_threadpoolctl_knows_the_threads_of_the_blas(monkeypatch):
    monkeypatch.setattr(environment, "importlib", FakeImporter(FakePools))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = environment.environment()
    assert (found["blas"], found["blas_threads"]) == ("mkl 2025.1", 3)
    assert found["blas_threads_from"] == "threadpoolctl"


@pytest.mark.usefixtures("_no_variables")
def test_without_it_the_variables_are_asked_and_without_those_nothing_is_made_up(monkeypatch):
    monkeypatch.setattr(environment, "importlib", FakeImporter(None))
    assert environment.environment()["blas_threads"] == "unknown"
    assert "threads: unknown (from nothing:" in environment.stamp(environment.environment())
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")  # a list by level: no one number
    assert environment.environment()["blas_threads"] == "unknown"
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert environment.environment()["blas_threads_from"] == "OMP_NUM_THREADS"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    found = environment.environment()
    assert (found["blas_threads"], found["blas_threads_from"]) == (1, "OPENBLAS_NUM_THREADS")
    assert found["blas"] != "unknown"


def test_the_date_is_utc_to_the_second():
    assert len(environment.environment()["date"]) == len("2025-01-31T12:00:00Z")
    assert environment.environment()["date"].endswith("Z")


def test_a_build_may_fix_the_date(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert environment.environment()["date"] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize("fixed", ["today", "1.5", "9" * 30])
def test_a_date_that_is_none_is_refused(monkeypatch, fixed):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", fixed)
    with pytest.raises(ValueError, match=f"SOURCE_DATE_EPOCH must be .*, got '{fixed}'"):
        environment.now()


@pytest.mark.parametrize(("told", "size"), [("1024K\n", 2**20), ("512K", 2**19), ("", "unknown"),
                                            ("2M", "unknown"), (None, "unknown")])  # fmt: skip
def test_the_cache_is_what_linux_tells_or_unknown(monkeypatch, tmp_path, told, size):
    if told is not None:
        (tmp_path / "size").write_text(told)
    monkeypatch.setattr(hardware, "TOLD", tmp_path / "size")
    hardware.second_level_cache.cache_clear()
    try:
        assert environment.environment()["second_level_cache"] == size
    finally:
        hardware.second_level_cache.cache_clear()


def test_the_stamp_says_the_cache_and_the_peers():
    described = environment.environment() | {"second_level_cache": 2**19}
    assert "L2 cache 512 KiB" in environment.stamp(described)
    assert ", torch 2.1" in environment.stamp(described | {"peers": {"torch": "2.1"}})
    assert "L2 cache unknown" in environment.stamp(described | {"second_level_cache": "unknown"})
