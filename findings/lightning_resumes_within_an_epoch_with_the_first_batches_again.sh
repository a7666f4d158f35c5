#!/usr/bin/env bash
# lightning 2.6.6 with torch 2.13.0 and torchdata 0.11.0 (PyPI): a run that resumes from a checkpoint in the middle of an
# epoch counts on from the batch of the checkpoint. With a plain `DataLoader` the batches that it gets are the first ones of
# the epoch again, and the last ones do not come; a `StatefulDataLoader` gives the right ones. With either, the hook
# `on_train_epoch_start` is not called for that epoch.
#
# Guessed: the batches that were seen are skipped, or the epoch begins anew, and the hook is called in both cases.
# Seen:    steps 2 and 3 are made of batches 0 and 1, with a warning that results may be unreliable. Without any warning,
#          what a callback sets at the start of an epoch, such as the epoch of a sampler or a stream, is not set.
#
# For users: `StatefulDataLoader`, and set epochs in `on_load_checkpoint`, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lightning==2.6.6 torch==2.13.0 torchdata==0.11.0
cat >"$folder/seen.py" <<'PY'
import logging
import sys
import warnings

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", ".*does not have many workers.*|.*GPU.*|.*exists and is not empty.*")


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer, self.seen = torch.nn.Linear(1, 1), []

    def on_train_epoch_start(self):
        self.seen.append(f"epoch {self.current_epoch} begins")

    def training_step(self, batch, number):
        self.seen.append(f"step {number} has batch {batch.item():.0f}")
        return self.layer(batch).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


for kind in (DataLoader, StatefulDataLoader):
    checkpoints = f"{sys.argv[1]}/{kind.__name__}"
    for resumed in (None, f"{checkpoints}/epoch=0-step=2.ckpt"):
        module = Module()
        trainer = lightning.Trainer(
            max_epochs=1,
            accelerator="cpu",
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[ModelCheckpoint(checkpoints, every_n_train_steps=2, save_top_k=-1)],
        )
        trainer.fit(module, kind(torch.arange(4.0).unsqueeze(1)), ckpt_path=resumed)
        print(kind.__name__, "resumed:" if resumed else "at once:", ", ".join(module.seen))
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder" 2>"$folder/said.txt" | tee "$folder/seen.txt"
diff "$folder/seen.txt" - <<'SEEN'
DataLoader at once: epoch 0 begins, step 0 has batch 0, step 1 has batch 1, step 2 has batch 2, step 3 has batch 3
DataLoader resumed: step 2 has batch 0, step 3 has batch 1
StatefulDataLoader at once: epoch 0 begins, step 0 has batch 0, step 1 has batch 1, step 2 has batch 2, step 3 has batch 3
StatefulDataLoader resumed: step 2 has batch 2, step 3 has batch 3
SEEN
