"""What several tests share: the course's tables, read once."""

import pytest

from lessons import load


@pytest.fixture(scope="session")
def tables():
    return load()
