package dev.streambed.server.page;

import dev.streambed.server.dialect.Dialect;
import dev.streambed.server.dialect.JsonText;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import dev.streambed.server.map.ReducedVectors;
import dev.streambed.server.page.PageStatistics.Reading;
import dev.streambed.server.page.TopicFollower.State;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * A page on a topic of embeddings: its files, and its data. It owns its threads, its clients of
 * Kafka and the readers of its stream. Thread-safe.
 */
@API(status = API.Status.INTERNAL)
public final class LivePage implements AutoCloseable {
  public static final String PATH = "/page/";

  private static final String API_PATH = "/page/api/";
  private static final String RECORDS = API_PATH + "records/";
  public static final String STREAM = API_PATH + "stream";
  public static final String SEARCH = API_PATH + "search";
  private static final String TOPIC = API_PATH + "topic";
  private static final String VECTORS = API_PATH + "vectors";

  private static final String JSON = "application/json";
  private static final int MOST_READERS = 32;
  private static final int MOST_DIGITS = 18;
  private static final Pattern MOST = Pattern.compile("most=([0-9]{1,6})");
  private static final int DEFAULT_VECTORS = 3_000;
  private static final int HEAP_SHARE = 3; // records take a third of the heap at most

  private static final List<HttpField> HEADERS =
      List.of(
          new HttpField(
              "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
          new HttpField("X-Content-Type-Options", "nosniff"),
          new HttpField("Referrer-Policy", "no-referrer"),
          new HttpField("Cross-Origin-Opener-Policy", "same-origin"),
          new HttpField("Cross-Origin-Resource-Policy", "same-origin"));

  private final PageOptions options;
  private final PageModel model;
  private final PageFiles files = PageFiles.ofThisPackage();
  private final PageStatistics statistics = new PageStatistics(System::currentTimeMillis);
  private final LiveRecords records;
  private final AtomicReference<@Nullable String> problem = new AtomicReference<>();
  private final PageSteps steps;
  private final TopicFollower follower;
  private final @Nullable TopicFollower deadLetterFollower;
  private final Lock components = new ReentrantLock();

  private LivePage(PageOptions options, PageModel model) {
    this.options = options;
    this.model = model;
    this.records =
        new LiveRecords(options.maxRecords(), Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    var deadLetters = new FollowedDeadLetters.Newest();
    this.steps = new PageSteps(records, deadLetters, this::statisticsLine);
    var sink = new FollowedEmbeddings.Sink(records, statistics, problem);
    this.follower =
        new TopicFollower(
            options.topic(), options.kafka(), () -> new FollowedEmbeddings(options, model, sink));
    String dead = options.deadLetterTopic();
    this.deadLetterFollower =
        dead == null
            ? null
            : new TopicFollower(
                dead,
                options.kafka(),
                () -> new FollowedDeadLetters(options.kafka(), dead, deadLetters, statistics));
  }

  /** A page that does nothing before {@link #start}. */
  public static LivePage of(PageOptions options, PageModel model) {
    return new LivePage(options, model);
  }

  /** Begins to follow the topics; it waits for nothing. */
  public void start() {
    follower.start();
    if (deadLetterFollower != null) {
      deadLetterFollower.start();
    }
    steps.start();
  }

  /** Whether a path is one of the page. */
  public static boolean has(String path) {
    return path.startsWith(PATH) || path.equals("/page");
  }

  /** Whether a path of the page gives away what is in the topic. */
  public static boolean isData(String path) {
    return path.startsWith(API_PATH);
  }

  /** Sets the headers of each answer, an error included. */
  public static void addHeaders(String path, HttpFields.Mutable headers) {
    HEADERS.forEach(headers::put);
    headers.put(HttpHeader.CACHE_CONTROL, isData(path) ? "no-store" : "no-cache");
  }

  /** How one search is read and answered. */
  public Dialect search() {
    return new SearchDialect(model, records, steps::projection);
  }

  /**
   * Answers all but searches and the stream. May take a second.
   *
   * @throws RequestException if there is nothing there
   */
  public PageAnswer answer(Request request, String path) {
    if (path.equals("/page") || path.equals("/")) {
      return PageAnswer.elsewhere(PATH);
    }
    if (path.equals(TOPIC)) {
      return PageAnswer.data(JSON, topic());
    }
    if (path.equals(VECTORS)) {
      return PageAnswer.data("application/octet-stream", vectors(request));
    }
    if (path.startsWith(RECORDS)) {
      return PageAnswer.data(JSON, record(path.substring(RECORDS.length())));
    }
    if (!isData(path)) {
      List<String> tags = request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH);
      String known = tags.isEmpty() ? null : String.join(",", tags);
      Optional<PageAnswer> file = files.find(path.substring(PATH.length()), known);
      if (file.isPresent()) {
        return file.get();
      }
    }
    throw new RequestException(Kind.NO_SUCH_PATH, "The page has no such path.");
  }

  /**
   * Writes the stream, without end.
   *
   * @throws RequestException if there are too many readers
   */
  public void stream(Request request, Response response, Callback callback) {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-ndjson");
    response.getHeaders().put("X-Accel-Buffering", "no"); // of a proxy in between
    var reader = new AtomicReference<@Nullable StreamReader>();
    var made =
        new StreamReader(
            request,
            response,
            callback,
            () -> {
              StreamReader own = reader.get();
              if (own != null) {
                steps.leave(own);
              }
            });
    reader.set(made);
    steps.join(made);
  }

  /** Refuses one reader too many. */
  public void checkRoom() {
    if (steps.readers() >= MOST_READERS) {
      throw new RequestException(
          Kind.BUSY, "%d others watch the page already.".formatted(MOST_READERS));
    }
  }

  private byte[] topic() {
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeStringField("topic", options.topic());
          json.writeStringField("deadLetterTopic", options.deadLetterTopic());
          json.writeStringField("space", model.space().toString());
          json.writeStringField("model", model.description().name());
          json.writeNumberField("dimensions", model.space().dimensions());
          json.writeNumberField("capacity", options.maxRecords());
          json.writeNumberField("mapCapacity", Math.min(options.maxRecords(), PageSteps.WINDOW));
          json.writeEndObject();
        });
  }

  private byte[] record(String id) {
    boolean isNumber =
        !id.isEmpty()
            && id.length() <= MOST_DIGITS
            && id.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    return records
        .find(isNumber ? Long.parseLong(id) : -1)
        .map(PageJson::whole)
        .orElseThrow(
            () ->
                new RequestException(
                    Kind.NO_SUCH_PATH, "There is no such record; it may have been replaced."));
  }

  private byte[] vectors(Request request) {
    int most = most(request.getHttpURI().getQuery());
    if (!components.tryLock()) { // one at a time
      throw new RequestException(Kind.BUSY, "Another such request is under way: try again.");
    }
    try {
      List<LiveRecord> newest = records.newest(most);
      return ReducedVectors.of(
          newest.stream().map(record -> (int) record.id()).toList(),
          newest.stream().map(record -> record.embedding().embedding()).toList());
    } finally {
      components.unlock();
    }
  }

  private static int most(@Nullable String query) {
    if (query == null) {
      return DEFAULT_VECTORS;
    }
    Matcher asked = MOST.matcher(query);
    int most = asked.matches() ? Integer.parseInt(asked.group(1)) : 0;
    if (most < 1 || most > PageSteps.WINDOW) {
      throw new RequestException(
          Kind.INVALID, "'most' must be a number between 1 and %d.".formatted(PageSteps.WINDOW));
    }
    return most;
  }

  private byte[] statisticsLine() {
    Reading now = statistics.read();
    State state = follower.state();
    return PageJson.line(
        "statistics",
        json -> {
          json.writeNumberField("atMillis", now.atMillis());
          json.writeNumberField("records", records.size());
          json.writeNumberField("arrived", now.arrived());
          json.writeNumberField("recordsPerSecond", now.recordsPerSecond());
          json.writeNumberField("tokensPerSecond", now.tokensPerSecond());
          if (now.latency() == null) {
            json.writeNullField("latencyMillis");
          } else {
            json.writeObjectFieldStart("latencyMillis");
            json.writeNumberField("p50", now.latency().p50());
            json.writeNumberField("p99", now.latency().p99());
            json.writeEndObject();
          }
          json.writeNumberField("deadLetters", now.deadLetters());
          json.writeNumberField("tombstones", now.tombstones());
          json.writeNumberField("problems", now.problems());
          json.writeNumberField("lag", state.lag());
          json.writeStringField("state", state.phase().words());
          json.writeStringField("message", message(state));
        });
  }

  /** The trouble with Kafka, and with the last record that could not be shown. */
  private @Nullable String message(State state) {
    TopicFollower dead = deadLetterFollower;
    String all =
        Stream.of(state.message(), dead == null ? null : dead.state().message(), problem.get())
            .filter(Objects::nonNull)
            .distinct()
            .collect(Collectors.joining(" "));
    return all.isEmpty() ? null : all;
  }

  /** Ends all of it. Idempotent. */
  @Override
  public void close() {
    steps.close();
    follower.close();
    if (deadLetterFollower != null) {
      deadLetterFollower.close();
    }
  }
}
