package dev.streambed.server.page;

import dev.streambed.query.Nearest.Hit;
import dev.streambed.server.dialect.Dialect;
import dev.streambed.server.dialect.EmbedAnswer;
import dev.streambed.server.dialect.EmbedRequest;
import dev.streambed.server.dialect.InputLimits;
import dev.streambed.server.dialect.JsonText;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import dev.streambed.server.dialect.SearchRequest;
import dev.streambed.server.map.MapProjection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A search of the page: the request is one for the embedding of its query, and the answer is what
 * is near to that. Of one request: its filters are kept between.
 */
final class SearchDialect implements Dialect {
  private static final double NANOS_PER_MILLI = 1e6;

  private final PageModel model;
  private final LiveRecords records;
  private final Supplier<@Nullable MapProjection> projection;
  private final long startNanos = System.nanoTime();
  private volatile @Nullable SearchRequest request;

  SearchDialect(
      PageModel model, LiveRecords records, Supplier<@Nullable MapProjection> projection) {
    this.model = model;
    this.records = records;
    this.projection = projection;
  }

  @Override
  public EmbedRequest parse(byte[] body, InputLimits limits) {
    SearchRequest search = SearchRequest.parse(body, limits);
    this.request = search;
    return new EmbedRequest(
        List.of(search.query()),
        /* model= */ null,
        search.prompt() == null ? model.queryPrompt() : search.prompt(),
        new EmbedRequest.Options(
            model.space().dimensions(),
            /* normalize= */ true,
            /* truncate= */ true,
            EmbedRequest.Encoding.FLOAT));
  }

  @Override
  public byte[] write(EmbedAnswer answer) {
    SearchRequest search = request;
    if (search == null) {
      throw new IllegalStateException("An answer comes after its request.");
    }
    float[] query = answer.vectors().get(0);
    LiveRecords.Found found = records.search(query, search.top(), search.filters());
    MapProjection map = projection.get();
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("hits");
          for (Hit<LiveRecord> hit : found.hits()) {
            PageJson.writeHit(json, hit);
          }
          json.writeEndArray();
          if (map == null) {
            json.writeNullField("x");
            json.writeNullField("y");
          } else {
            json.writeNumberField("x", map.x(query));
            json.writeNumberField("y", map.y(query));
          }
          json.writeNumberField("tokens", answer.tokens());
          json.writeBooleanField("truncated", answer.truncated() > 0);
          json.writeNumberField("matching", found.matching());
          json.writeNumberField("searched", found.searched());
          json.writeNumberField("milliseconds", (System.nanoTime() - startNanos) / NANOS_PER_MILLI);
          json.writeEndObject();
        });
  }

  /** The page calls the field of the prompt otherwise. */
  @Override
  public byte[] write(RequestException failure) {
    return TEI.write(
        failure.kind() == Kind.INVALID && "input".equals(failure.field())
            ? new RequestException(
                failure.kind(), "The query cannot be embedded: " + failure.explanation())
            : failure);
  }

  @Override
  public int status(RequestException failure) {
    return TEI.status(failure);
  }
}
