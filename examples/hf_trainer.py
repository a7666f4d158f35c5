"""`transformers.Trainer` on a stream: evaluation in every epoch, and a run that goes on in a later one.

    python examples/hf_trainer.py --output-dir run                              # saves after every third step
    python examples/hf_trainer.py --output-dir run --resume run/checkpoint-6    # goes on in the second epoch
    torchrun --nproc-per-node 2 examples/hf_trainer.py --output-dir run --batch-size 2

At one global batch size a run may go on with another number of processes.
"""

import argparse

from toy_task import POOL, Model, collate, questions
from transformers import Trainer, TrainingArguments

from instraug_datasets import augment

EPOCHS = 3


def main() -> None:
    """Train; the trainer tells the stream its epoch, in every process and worker."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output-dir", required=True)
    parser.add_argument("--resume", help="a checkpoint")
    parser.add_argument("--batch-size", type=int, default=4, help="of each process")
    args = parser.parse_args()

    # Made from map-style data the stream knows its length, which num_train_epochs and exact resuming need.
    stream = augment(questions().to_iterable_dataset(), POOL, seed=42).shuffle(seed=1, buffer_size=8)
    trainer = Trainer(
        Model(),
        TrainingArguments(
            output_dir=args.output_dir,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=args.batch_size,
            per_device_eval_batch_size=4,
            remove_unused_columns=False,  # the collator reads columns that are not arguments of the model
            accelerator_config={"dispatch_batches": False},  # batches differ in length
            ddp_find_unused_parameters=False,  # on several ranks: all are used, and looking for others would cost time
            eval_strategy="epoch",
            save_steps=3,
            use_cpu=True,
            dataloader_pin_memory=False,
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=stream,
        eval_dataset=augment(questions(4), POOL, seed=42, epoch=0),  # evaluation holds still
        data_collator=collate,
    )
    trainer.train(resume_from_checkpoint=args.resume)
    if trainer.is_world_process_zero():
        print(f"Trained; checkpoints to resume from: {args.output_dir}/checkpoint-*")


if __name__ == "__main__":
    main()
