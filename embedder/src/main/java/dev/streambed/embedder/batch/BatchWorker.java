package dev.streambed.embedder.batch;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.TextRequest.Content;
import dev.streambed.embedder.batch.WorkQueue.Work;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one worker of a {@link MicroBatcher} does until the end: it tokenises, then runs a batch.
 * Whatever a text, a model or a callback does to it, every text that it took is answered. Confined
 * to its thread.
 */
final class BatchWorker implements Runnable {
  private final TextEmbedder embedder;
  private final BatchListener listener;
  private final WorkQueue queue;
  private final BatchRunner runner;
  private final SecondTry secondTry;
  private final TokenisingTurn turn = new TokenisingTurn();

  BatchWorker(
      TextEmbedder embedder,
      BatchListener listener,
      WorkQueue queue,
      BatchRunner runner,
      SecondTry secondTry) {
    this.embedder = embedder;
    this.listener = listener;
    this.queue = queue;
    this.runner = runner;
    this.secondTry = secondTry;
  }

  @Override
  public void run() {
    Work work = null;
    try {
      for (work = queue.take(turn); work != null; work = queue.take(turn)) {
        Workers.forgetInterrupt(); // only closing ends a worker
        if (work.batch().isEmpty()) {
          tokenise(work.window());
        } else {
          run(work.batch());
        }
      }
    } catch (Throwable e) { // a worker never dies silently: every open future hears of it
      // not e itself, whose toString may be what failed
      String name = e.getClass().getName();
      var reason = new InferenceException("A worker of the batcher failed: " + name, e);
      queue.stop(reason);
      if (work != null) {
        work.fail(reason);
      }
    }
  }

  private void run(List<TokenisedText> batch) {
    long start = System.nanoTime();
    batch.forEach(text -> listener.waited(start - text.nanoTime()));
    try {
      runner.run(batch);
    } finally {
      queue.batchEnded();
    }
    turn.begin();
  }

  /**
   * Tokenises a window, for whichever worker comes next. Stops after any text if the batcher ends,
   * or if what is ready has waited long enough.
   */
  private void tokenise(List<TextRequest> window) {
    List<TokenisedText> texts = new ArrayList<>(window.size());
    long start = System.nanoTime();
    long now = start;
    int done = 0;
    do {
      TextRequest request = window.get(done++);
      TokenIds tokens = request.result().isDone() ? null : tokenise(request); // done: cancelled
      if (tokens != null) {
        texts.add(new TokenisedText(request, tokens));
      }
      long before = now;
      now = System.nanoTime();
      turn.add(request.content().text().length(), now - before);
    } while (done < window.size() && !turn.isOver() && queue.end() == null);
    listener.tokenised(done, now - start);
    queue.addTokenised(texts, window.subList(done, window.size()));
  }

  /** Returns null if the text was answered instead. */
  private @Nullable TokenIds tokenise(TextRequest request) {
    Content content = request.content();
    try {
      return tokenise(content);
    } catch (RuntimeException e) {
      request.fail(e);
      return null;
    }
  }

  private TokenIds tokenise(Content content) {
    try {
      return tokeniseOnce(content);
    } catch (TextRejectedException e) {
      throw e;
    } catch (Throwable e) {
      int characters = content.text().length();
      return secondTry.of(
          "%d characters".formatted(characters),
          e,
          () -> tokeniseOnce(content),
          () -> embedder.tokenise(SecondTry.knownGood(characters), null));
    }
  }

  private TokenIds tokeniseOnce(Content content) {
    @Nullable TokenIds tokens = embedder.tokenise(content.text(), content.promptName());
    if (tokens == null) {
      throw new InferenceException("The tokeniser returned nothing for a text.");
    }
    return tokens;
  }
}
