package dev.streambed.importer;

import org.apiguardian.api.API;

/** Hears of the progress of an import, on the thread that runs it. */
@API(status = API.Status.EXPERIMENTAL)
public interface ImportProgress {
  /** Does nothing. */
  ImportProgress NONE =
      new ImportProgress() {
        @Override
        public void stepBegins(String step) {}

        @Override
        public void stepAdvances(long done, long total) {}

        @Override
        public void stepEnds(String result) {}
      };

  /** A step begins, such as "Writing weights". */
  void stepBegins(String step);

  /** Some of the running step is done; may never be called. */
  void stepAdvances(long done, long total);

  /** A remark on the running step, in one line. */
  default void stepTells(String line) {}

  /** The running step is done; {@code result} describes it in one line, perhaps an empty one. */
  void stepEnds(String result);
}
