package dev.streambed.embedder.batch;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.batch.WorkQueue.Work;
import java.util.ArrayList;
import java.util.List;

/**
 * The loop of one worker of a {@link MicroBatcher}: it tokenises, then runs a batch. It answers
 * every text that it took, even if a text, a model or a callback makes it fail. Confined to its
 * thread.
 */
final class BatchWorker implements Runnable {
  private final WorkQueue queue;
  private final RequestTokeniser tokeniser;
  private final BatchRunner runner;
  private final BatchListener listener;
  private final TokenisingTurn turn;

  BatchWorker(
      WorkQueue queue,
      RequestTokeniser tokeniser,
      BatchRunner runner,
      BatchListener listener,
      TokenisingTurn turn) {
    this.queue = queue;
    this.tokeniser = tokeniser;
    this.runner = runner;
    this.listener = listener;
    this.turn = turn;
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
    try {
      batch.removeIf(text -> !text.isWanted()); // nobody pays for what was cancelled
      if (!batch.isEmpty()) {
        long start = System.nanoTime();
        batch.forEach(text -> listener.waited(start - text.nanoTime()));
        runner.run(batch);
      }
    } finally {
      queue.batchEnded();
    }
    turn.begin();
  }

  /**
   * Tokenises a window, for the next worker to run. Stops after any text if the batcher ends, or if
   * texts that are ready have waited long enough.
   */
  private void tokenise(List<TextRequest> window) {
    List<TokenisedText> texts = new ArrayList<>(window.size());
    long start = System.nanoTime();
    int done = 0;
    while (done < window.size() && (done == 0 || !turn.isOver()) && queue.end() == null) {
      TextRequest request = window.get(done++);
      if (request.isWanted()) { // what was cancelled takes nothing of the turn
        turn.textBegins();
        TokenisedText text = tokeniser.tokenise(request);
        turn.textEnds(request.characters());
        if (text != null) {
          texts.add(text);
        }
      }
    }
    listener.tokenised(done, System.nanoTime() - start);
    queue.addTokenised(texts, window.subList(done, window.size()));
  }
}
