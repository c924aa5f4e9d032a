package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.TextEmbedder;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing is left of a batcher whose embedder does not let itself be ended. */
@Timeout(30)
class MicroBatcherCloseTest {
  private final ManualTextEmbedder embedder = new ManualTextEmbedder();

  @Test
  void waitsForItsWorkersWhateverItsEmbedderThrows() throws Exception {
    var batcher = new CompletableFuture<MicroBatcher>();
    var failure = new AtomicReference<Throwable>();
    var closer = new Thread(() -> batcher.join().close());
    closer.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
    var worker = new CompletableFuture<Thread>();
    var wasLeft = new AtomicBoolean();
    ThreadFactory lateThreads =
        work -> {
          var thread =
              new Thread(
                  () -> {
                    work.run();
                    while (closer.isAlive() && closer.getState() != Thread.State.WAITING) {
                      Thread.onSpinWait();
                    }
                    wasLeft.set(!closer.isAlive());
                  });
          worker.complete(thread);
          return thread;
        };
    batcher.complete(new MicroBatcher(refusingToEnd(), BatchPolicy.DEFAULT, 1, 10, lateThreads));

    closer.start();
    closer.join();
    worker.join().join();

    assertThat(wasLeft).as("a worker outlives close()").isFalse();
    assertThat(failure.get()).hasMessage("refuses to end");
  }

  private TextEmbedder refusingToEnd() {
    return (TextEmbedder)
        Proxy.newProxyInstance(
            TextEmbedder.class.getClassLoader(),
            new Class<?>[] {TextEmbedder.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "lease" -> self;
                  case "terminate" -> throw new IllegalStateException("refuses to end");
                  default -> method.invoke(embedder, arguments);
                });
  }
}
