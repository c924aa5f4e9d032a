package dev.streambed.importer.onnx;

import dev.streambed.importer.ImportProgress;
import java.util.ArrayList;
import java.util.List;

/** Keeps what an import says. */
final class StepList implements ImportProgress {
  final List<String> steps = new ArrayList<>();

  @Override
  public void stepBegins(String step) {
    steps.add(step);
  }

  @Override
  public void stepAdvances(long done, long total) {}

  @Override
  public void stepTells(String line) {
    steps.add(line);
  }

  @Override
  public void stepEnds(String result) {
    steps.add(result);
  }
}
