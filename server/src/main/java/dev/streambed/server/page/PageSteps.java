package dev.streambed.server.page;

import dev.streambed.schemas.DeadLetter;
import dev.streambed.server.map.MapProjection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all readers, four times per second, what changed: each line is made once, whatever their
 * number. Fits the map, too. Owns its thread, and the readers.
 */
final class PageSteps implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PageSteps.class);

  /** Records on the map and in the stream: the newest. */
  static final int WINDOW = 10_000;

  /** From this number of vectors on, there is a map; it is fitted anew at each tenfold. */
  private static final int FIRST_FIT = 10;

  private static final int TENFOLD = 10;
  private static final int PIECE = 500; // records in a line
  private static final int MOST_PER_STEP = 1_000;
  private static final long STEP_MILLIS = 250;
  private static final int STEPS_PER_SECOND = 4;
  private static final int SIGN_OF_LIFE_STEPS = 20;
  private static final long END_MILLIS = 10_000;
  private static final String FAILED = "The server could not show what changed; its log says why.";
  private static final byte[] BLANK = {'\n'};

  private final LiveRecords records;
  private final FollowedDeadLetters.Newest deadLetters;
  private final Supplier<byte[]> statistics;
  private final Thread thread = new Thread(this::run, "streambed-page-steps");

  private final Set<StreamReader> readers = ConcurrentHashMap.newKeySet();
  private volatile @Nullable MapProjection projection;
  private volatile boolean closed;

  /** Those that the readers know. Of the thread alone, as all below. */
  private final NavigableMap<Long, LiveRecord> shown = new TreeMap<>();

  /** Lines of shown records by the first of their ids, which are divisible by PIECE. */
  private final NavigableMap<Long, byte[]> pieces = new TreeMap<>();

  private int nextFit = FIRST_FIT;
  private int steps;

  /**
   * Tells of records.
   *
   * @param statistics gives the line of the present ones
   */
  PageSteps(
      LiveRecords records, FollowedDeadLetters.Newest deadLetters, Supplier<byte[]> statistics) {
    this.records = records;
    this.deadLetters = deadLetters;
    this.statistics = statistics;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** The map as it is; null if there are too few vectors. */
  @Nullable MapProjection projection() {
    return projection;
  }

  /** How many read the stream. */
  int readers() {
    return readers.size();
  }

  /** From the next step on, a reader gets what is there, then what changes. */
  void join(StreamReader reader) {
    readers.add(reader);
    if (closed) {
      reader.cutOff("The server ends.");
    }
  }

  /** Forgets a reader. */
  void leave(StreamReader reader) {
    readers.remove(reader);
  }

  private void run() {
    while (!closed) {
      try {
        step();
        TimeUnit.MILLISECONDS.sleep(STEP_MILLIS);
      } catch (InterruptedException e) {
        return; // it is being closed
      }
    }
  }

  /** Readers of a step that fails are told, and begin anew, as they may have missed changes. */
  private void step() throws InterruptedException {
    try {
      takeStep();
    } catch (RuntimeException e) {
      LOG.error("A step of the page failed.", e);
      pieces.clear();
      byte[] line = PageJson.line("failed", json -> json.writeStringField("message", FAILED));
      for (StreamReader reader : readers) {
        reader.write(line);
        reader.cutOff(FAILED);
      }
    }
  }

  private void takeStep() throws InterruptedException {
    List<byte[]> lines = new ArrayList<>();
    LiveRecords.Step changes = records.step(MOST_PER_STEP, WINDOW);
    removed(changes.removed(), lines);
    arrived(changes.arrived(), lines);
    fit(lines);
    if (deadLetters.takeChanged()) {
      lines.add(PageJson.deadLetters(deadLetters.all()));
    }
    if (steps % STEPS_PER_SECOND == 0) {
      lines.add(statistics.get());
    }
    if (steps % SIGN_OF_LIFE_STEPS == 0) {
      lines.add(BLANK);
    }
    steps++;
    for (StreamReader reader : readers) {
      if (reader.isOpen()) {
        lines.forEach(reader::write);
      }
    }
    open();
  }

  private void removed(List<Long> ids, List<byte[]> lines) {
    List<Long> gone = new ArrayList<>();
    for (Long id : ids) {
      if (shown.remove(id) != null) {
        gone.add(id);
        pieces.remove(piece(id));
      }
    }
    if (!gone.isEmpty()) {
      lines.add(PageJson.removed(gone));
    }
  }

  /** Takes all in before anything that may fail. */
  private void arrived(List<LiveRecord> arrived, List<byte[]> lines) {
    for (LiveRecord record : arrived) {
      shown.put(record.id(), record);
      pieces.remove(piece(record.id()));
    }
    List<Long> pushedOut = new ArrayList<>();
    while (shown.size() > WINDOW) {
      pushedOut.add(shown.firstKey());
      shown.pollFirstEntry();
    }
    pushedOut.forEach(id -> pieces.remove(piece(id)));
    MapProjection map = projection;
    if (map != null) {
      arrived.forEach(record -> place(record, map));
    }
    for (int i = 0; i < arrived.size(); i += PIECE) {
      lines.add(PageJson.records(arrived.subList(i, Math.min(i + PIECE, arrived.size()))));
    }
    if (!pushedOut.isEmpty()) {
      lines.add(PageJson.removed(pushedOut));
    }
  }

  private static void place(LiveRecord record, MapProjection map) {
    float[] vector = record.embedding().embedding();
    record.place(map.x(vector), map.y(vector));
  }

  /** Fits the map anew once there are ten times as many vectors, and places all on it. */
  private void fit(List<byte[]> lines) {
    int size = records.size();
    if (size < FIRST_FIT && projection != null) { // the topic is another one now
      projection = null;
      nextFit = FIRST_FIT;
    }
    if (size < nextFit || shown.isEmpty()) {
      return;
    }
    while (nextFit <= size) {
      nextFit *= TENFOLD;
    }
    List<float[]> vectors = new ArrayList<>();
    for (LiveRecord record : records.newest(size)) {
      vectors.add(record.embedding().embedding());
    }
    MapProjection fitted = MapProjection.of(vectors, projection);
    for (LiveRecord record : shown.values()) {
      place(record, fitted);
    }
    projection = fitted;
    pieces.clear();
    lines.add(PageJson.positions(shown.values()));
  }

  /** Tells those that have come what is there. */
  private void open() {
    List<StreamReader> joining = readers.stream().filter(reader -> !reader.isOpen()).toList();
    if (joining.isEmpty()) {
      return;
    }
    List<byte[]> lines = new ArrayList<>();
    Collection<byte[]> present = present();
    lines.addAll(present);
    List<DeadLetter> letters = deadLetters.all();
    if (!letters.isEmpty()) {
      lines.add(PageJson.deadLetters(letters));
    }
    lines.add(statistics.get());
    joining.forEach(reader -> reader.open(lines));
  }

  /** All that are shown; only the pieces that changed are written anew. */
  private Collection<byte[]> present() {
    pieces.keySet().removeIf(first -> shown.subMap(first, first + PIECE).isEmpty());
    Long id = shown.isEmpty() ? null : shown.firstKey();
    while (id != null) {
      long first = piece(id);
      pieces.computeIfAbsent(
          first, each -> PageJson.records(shown.subMap(each, each + PIECE).values()));
      id = shown.ceilingKey(first + PIECE);
    }
    return pieces.values();
  }

  private static long piece(long id) {
    return id - id % PIECE;
  }

  /** Ends the thread, and the connections of all readers. Idempotent. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (StreamReader reader : readers) {
      reader.cutOff("The server ends.");
    }
  }
}
