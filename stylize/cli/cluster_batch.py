"""Paints a plan on a Ray cluster: `stylize paint photos/ --style great_wave --out-dir painted/ --ray auto`.

Every worker reads and writes for itself, so inputs and outputs lie where all machines of the cluster see them under the
same paths, or in stores (s3://...). What a killed worker had not finished is begun again. The output folder gets a
manifest (JSON lines).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from stylize.cli.batch import Batch
from stylize.cli.cluster_outputs import ClusterOutputs, absolute
from stylize.cli.cluster_task import Outcome, PaintTask, Workers, paint_task
from stylize.cli.output_plan import Kind, Output
from stylize.cluster.connection import connected
from stylize.cluster.manifest import Manifest
from stylize.cluster.progress import Progress
from stylize.cluster.spread import Finished, spread
from stylize.errors import ClusterError


@dataclass(frozen=True)
class ClusterBatch(Batch):
    """A batch whose `outputs` are painted by the workers of a cluster."""

    outputs: ClusterOutputs = field(kw_only=True)
    workers: Workers = field(kw_only=True)

    def run(self, plan: Sequence[Output]) -> int:
        """As that of a batch; status 1 also without a cluster, or while another call paints into the folder."""
        try:
            return super().run(plan)
        except ClusterError as error:
            self.terminal.error(error)
            return 1

    def _wanted(self, plan: Sequence[Output]) -> Sequence[Output]:
        wanted = super()._wanted(plan)
        if len(wanted) < len(plan):  # a call that was killed may have lacked the time for its last lines
            skipped = {output.path for output in plan} - {output.path for output in wanted}
            with self.outputs.manifest() as manifest:
                for output in plan:
                    if output.path in skipped and str(output) not in manifest.known:
                        _record(manifest, output, "there already")
        return wanted

    def _paint_all(self, wanted: Sequence[Output]) -> int:
        if not wanted:
            return 0
        outputs = self.outputs
        with outputs.manifest() as manifest, outputs.prepared(wanted), connected(self.workers.address):
            return self._spread(wanted, manifest)

    def _exists(self, output: Output) -> bool:
        return self.outputs.exists(output)

    def _spread(self, wanted: Sequence[Output], manifest: Manifest) -> int:
        films_first = sorted(wanted, key=lambda output: output.source.kind is Kind.PICTURE)  # they take longest
        progress = None if films_first[0].source.kind is Kind.PICTURE else Progress()
        tasks = [self._task(number, output, progress) for number, output in enumerate(films_first)]
        told: set[str] = set()
        done = again = 0
        self.terminal.start()
        try:
            with closing(spread(paint_task, tasks, self.workers.threads, self.workers.gpus)) as ends:
                for finished in ends:
                    if finished is not None:
                        done, again = done + 1, again + (finished.attempts > 1)
                        self._tell(films_first[finished.number], finished, manifest, told)
                    self._draw(done + (progress.total() if progress else 0), len(tasks))
        except KeyboardInterrupt:
            self._interrupted(done, len(tasks))
            return 1
        if again:
            self.terminal.note(f"{again} of {len(tasks)} were begun again: their worker had ended in the middle.")
        return int(bool(told))

    def _task(self, number: int, output: Output, progress: Progress | None) -> PaintTask:
        source, outputs = output.source, self.outputs
        if source.store is None:
            source = replace(source, path=absolute(source.path), label=str(source))
        told = None if source.kind is Kind.PICTURE else progress
        place, version, options = outputs.path(output), outputs.version(output), self.options[output.style]
        return PaintTask(number, source, place, version, options, self.workers, outputs.root, told)

    def _tell(self, output: Output, finished: Finished[Outcome], manifest: Manifest, told: set[str]) -> None:
        outcome = finished.result
        if outcome is None:
            outcome = Outcome(0.0, "", error=f"{output.source}: {finished.reason}.")
        for note in outcome.notes:
            if note not in told:
                self.terminal.note(note)
        about = {"seconds": round(outcome.seconds, 3), "machine": outcome.machine, "attempts": finished.attempts}
        if not outcome.error:
            _record(manifest, output, "painted", **about)
            self.terminal.written(output)
            return
        _record(manifest, output, "failed", **about, error=outcome.error)
        if outcome.error not in told:  # a damaged file is told once, not in every style
            self.terminal.error(outcome.error)
        told.add(outcome.error)

    def _draw(self, done: float, total: int) -> None:
        whole = min(int(done), total - 1)
        self.terminal.progress("on the cluster", whole + 1, total, min(done - whole, 1.0))


def _record(manifest: Manifest, output: Output, status: str, **about: object) -> None:
    manifest.add(
        source=str(output.source), output=str(output), style=output.style, status=status, time=time.time(), **about
    )
