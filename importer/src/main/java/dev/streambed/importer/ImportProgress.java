package dev.streambed.importer;

/** Told how far an import is, on the thread that runs it. */
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

  /** Something a person should know of the running step, in one line. */
  default void stepTells(String line) {}

  /** The running step is done; {@code result} says what came of it, in one line, perhaps empty. */
  void stepEnds(String result);
}
