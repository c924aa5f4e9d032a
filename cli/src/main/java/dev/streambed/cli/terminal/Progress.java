package dev.streambed.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.Supplier;
import org.apache.flink.annotation.Internal;

/** Shows on standard error that work goes on, once it takes longer than two seconds. */
@Internal
public final class Progress {
  private static final Duration DELAY = Duration.ofSeconds(2);
  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final Timer timer;

  private Progress(Timer timer) {
    this.timer = timer;
  }

  /** Work that may take long. */
  public interface Work<T, E extends Exception> {
    T run() throws E;
  }

  /** Does the work, and says {@code line} meanwhile. */
  public static <T, E extends Exception> T during(
      Work<T, E> work, PrintStream out, Supplier<String> line) throws E {
    Progress progress = start(out, line);
    try {
      return work.run();
    } finally {
      progress.stop();
    }
  }

  /** Says at once what is going on. */
  public static void say(String line) {
    System.err.println("streambed: " + line);
  }

  public static Progress start(PrintStream out, Supplier<String> line) {
    Timer timer = new Timer("streambed-progress", /* isDaemon= */ true);
    TimerTask task =
        new TimerTask() {
          @Override
          public void run() {
            out.println("streambed: " + line.get());
          }
        };
    timer.scheduleAtFixedRate(task, DELAY.toMillis(), PERIOD.toMillis());
    return new Progress(timer);
  }

  public void stop() {
    timer.cancel();
  }
}
