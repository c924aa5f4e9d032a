package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceTopicsTest {

  @ParameterizedTest
  @ValueSource(strings = {"[b, a, 2024, b]", "b,a , 2024", "\n  - b\n  - a\n  - 2024"})
  void takesAListAndTextWithCommas(String topics) {
    Configuration file = PipelineFile.parse("streambed.source.topics: " + topics, "test.yaml");

    assertThat(SourceTopics.read(file).names()).containsExactly("2024", "a", "b");
  }

  @Test
  void includesTheTopicsOfItsNamesAlone() {
    var topics = SourceTopics.of("a", "b.c");

    assertThat(List.of("a", "b.c", "bxc", "aa", "")).filteredOn(topics::include).hasSize(2);
  }

  @Test
  void includesTheTopicsWhoseWholeNameMatches() {
    var topics = SourceTopics.matching("shop-.*|orders");

    assertThat(List.of("shop-", "shop-eu", "orders", "orders-eu", "my-shop-eu"))
        .filteredOn(topics::include)
        .containsExactly("shop-", "shop-eu", "orders");
  }

  @Test
  void neverIncludesKafkasInternalTopicsByAPattern() {
    var topics = SourceTopics.matching(".*");

    assertThat(List.of("__consumer_offsets", "__transaction_state", "_schemas"))
        .filteredOn(topics::include)
        .containsExactly("_schemas");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "- | - | - | none",
        "a | b,c | - | streambed.source.topic, streambed.source.topics",
        "a | - | b | streambed.source.topic, streambed.source.topic-pattern",
        "a | b | c | streambed.source.topic, streambed.source.topics, streambed.source.topic-pattern",
      })
  void areGivenInExactlyOneWay(
      @Nullable String topic, @Nullable String topics, @Nullable String pattern, String found) {
    Configuration file = Options.with();
    file.removeKey("streambed.source.topic");
    set(file, "streambed.source.topic", topic);
    set(file, "streambed.source.topics", topics);
    set(file, "streambed.source.topic-pattern", pattern);

    assertThatThrownBy(() -> EmbedTopicOptions.from(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Exactly one of the options streambed.source.topic, streambed.source.topics,"
                + " streambed.source.topic-pattern must be set; found %s.",
            found);
  }

  private static void set(Configuration file, String key, @Nullable String value) {
    if (value != null) {
      file.setString(key, value);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "streambed.source.topics | a,,b | Invalid value '' for option streambed.source.topics: must"
            + " be names of topics, as a list or separated by commas",
        "streambed.source.topics | a,b.* | Invalid value 'b.*' for option streambed.source.topics:"
            + " must be names of topics, as a list or separated by commas; a regular expression is"
            + " for streambed.source.topic-pattern.",
        "streambed.source.topic-pattern | a( | Invalid value 'a(' for option"
            + " streambed.source.topic-pattern: no regular expression of Java: Unclosed group near"
            + " index 2.",
        "streambed.source.topics | a,embeddings | Invalid value 'embeddings' for a topic of the"
            + " sink: must be another topic than the source's, or the job would read what it"
            + " writes.",
        "streambed.source.topics | dead-letters,a | 'dead-letters' for a topic of the sink: must",
        "streambed.source.topic-pattern | e.*|a | Invalid value 'e.*|a' for option"
            + " streambed.source.topic-pattern: it matches embeddings, so the job would read what"
            + " it writes. To leave that out, set it to '(?!(?:embeddings)$)(?:e.*|a)'.",
        "streambed.source.topic-pattern | .* | it matches embeddings and dead-letters, so the job",
      })
  void areRefusedIfTheJobCannotReadThem(String line) {
    String[] parts = line.split(" \\| ", 3);
    Configuration file = Options.with(parts[0], parts[1]);
    file.removeKey("streambed.source.topic");

    assertThatThrownBy(() -> EmbedTopicOptions.from(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(parts[2]);
  }

  @Test
  void mayMatchOtherTopicsThanThoseItWritesAsTheMessageSays() {
    Configuration file =
        Options.with("streambed.source.topic-pattern", "(?!(?:embeddings|dead-letters)$)(?:.*)");
    file.removeKey("streambed.source.topic");

    SourceTopics topics = EmbedTopicOptions.from(file).source().topics();

    assertThat(topics.include("embeddings-of-others")).isTrue();
  }

  @Test
  void giveGroupAndTransactionsANameThatIsStableAndTheirOwn() {
    assertThat(defaultName("streambed.source.topic", "a")).isEqualTo("streambed-a-to-embeddings");
    assertThat(defaultName("streambed.source.topics", "a")).isEqualTo("streambed-a-to-embeddings");
    assertThat(defaultName("streambed.source.topics", "b,a,c"))
        .isEqualTo(defaultName("streambed.source.topics", "a,b,c,a"))
        .isEqualTo("streambed-a-and-2-more-a44c56c8-to-embeddings");
    assertThat(defaultName("streambed.source.topics", "a,b,d"))
        .startsWith("streambed-a-and-2-more-")
        .isNotEqualTo(defaultName("streambed.source.topics", "a,b,c"));
    assertThat(defaultName("streambed.source.topic-pattern", "a.*/\\w+"))
        .matches("streambed-pattern-[0-9a-f]{8}-to-embeddings")
        .isNotEqualTo(defaultName("streambed.source.topic-pattern", "a.*"));
  }

  private static String defaultName(String key, String value) {
    Configuration file = Options.with();
    file.removeKey("streambed.source.topic");
    file.setString(key, value);
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    assertThat(options.source().groupId()).isEqualTo(options.sink().transactionalIdPrefix());
    return options.source().groupId();
  }

  @Test
  void areToldApartByTheirIdentityAndShownInFew() {
    var many = SourceTopics.of("a", "b", "c", "d", "e");

    assertThat(many.identity()).isEqualTo("a,b,c,d,e");
    assertThat(many).hasToString("a, b, c and 2 more");
    assertThat(SourceTopics.of("a")).hasToString("a").returns("a", SourceTopics::identity);
    assertThat(SourceTopics.matching("a.*")).hasToString("/a.*/");
    assertThat(SourceTopics.matching("a").identity()).isNotEqualTo(SourceTopics.of("a").identity());
  }
}
