#!/usr/bin/env bash
# salesforce-lavis 1.0.2 (PyPI), lavis/common/vqa_tools/vqa_eval.py: the VQA accuracy that InstructBLIP's own evaluation
# uses rewrites the prediction (lower case, no articles, "two" to "2", no full stops), but never the annotators' answers:
# they only lose punctuation, and only when they differ from one another. A prediction that repeats word for word what
# all ten annotators said scores 0 as soon as the answer has a capital, an article, a number word or a full stop.
#
# Guessed: repeating the unanimous answer scores 100.
# Seen:    yes 100.0, The Beatles 0.0, two 0.0, U.S. 0.0; and 30.0 for "a dog" where nine said "a dog" and one "dog".
#
# For users: normalise both sides, or score only data whose answers are stored normalised (VQAv2's are).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-deps salesforce-lavis==1.0.2
cat >"$folder/seen.py" <<'PY'
import contextlib
import importlib.util
import io
import sysconfig
from pathlib import Path

# The module alone: importing the package would load the whole model zoo.
file = Path(sysconfig.get_path("purelib"), "lavis/common/vqa_tools/vqa_eval.py")
spec = importlib.util.spec_from_file_location("vqa_eval", file)
vqa_eval = importlib.util.module_from_spec(spec)
spec.loader.exec_module(vqa_eval)


class Answers:
    """What lavis.common.vqa_tools.vqa.VQA holds of an annotation file and of a result file."""

    def __init__(self, **entry):
        self.qa = {1: {"question_type": "what", "answer_type": "other", **entry}}

    def getQuesIds(self):
        return list(self.qa)


def accuracy(predicted, given):
    answers = [{"answer": text, "answer_confidence": "yes", "answer_id": i} for i, text in enumerate(given, 1)]
    evaluation = vqa_eval.VQAEval(Answers(answers=answers), Answers(answer=predicted), n=2)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
    return evaluation.accuracy["overall"]


for answer in ("yes", "The Beatles", "two", "U.S."):
    print(answer, accuracy(answer, [answer] * 10))
print("a dog", accuracy("a dog", ["a dog"] * 9 + ["dog"]))
PY
"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen.txt"
diff "$folder/seen.txt" - <<'SEEN'
yes 100.0
The Beatles 0.0
two 0.0
U.S. 0.0
a dog 30.0
SEEN
