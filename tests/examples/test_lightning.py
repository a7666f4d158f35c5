"""The example for Lightning, for `make test-full`: the text that each example gave the model, in order."""

import pytest

from tests.examples.running import ids, plain_stream, python, shown, texts

pytestmark = pytest.mark.full
pytest.importorskip("lightning", reason="needs the extra `loops`", exc_type=ImportError)

EPOCHS = range(3)


@pytest.mark.parametrize("workers", [0, 2])
def test_lightning_resumes_in_the_middle_of_epochs(workers, tmp_path):
    """The callback brings the epoch, also to workers that read ahead; the state of the loader, the place in it."""
    order = [ids(plain_stream(2), epoch, workers=workers) for epoch in EPOCHS]
    expected = [text for epoch in EPOCHS for text in texts(order[epoch], epoch)]
    arguments = ["--workers", workers, "--output-dir"]
    whole = python("lightning_loop.py", *arguments, tmp_path / "run")
    assert shown(whole) == expected
    assert shown(whole, training=False) == [text for _ in EPOCHS for text in texts([f"dots/{i}" for i in range(4)], 0)]
    for step, checkpoint in [(3, "epoch=0-step=3"), (6, "epoch=1-step=6")]:
        resume = ["--resume", tmp_path / "run" / f"{checkpoint}.ckpt"]
        assert shown(python("lightning_loop.py", *arguments, tmp_path / "again", *resume)) == expected[step * 4 :]
