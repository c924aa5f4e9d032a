package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.operator.stream.StreamEmbedder;
import dev.streambed.testing.FakeTextEmbedder;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class ArticleJobTest {
  private static final long HOUR = 3_600_000;

  private static final List<Article> ARTICLES =
      List.of(
          new Article("1", "weather", "Rain", "It rains.", 0),
          new Article("2", "weather", null, "It rains.", 1),
          new Article("3", "sports", "Score", " ", 2),
          new Article("4", "weather", "Sun", "It shines.", HOUR));

  @Test
  void takesTheMeanOfEachTopicsHour() throws Exception {
    List<Centroid> centroids = build().centroids().executeAndCollect(10);

    FakeTextEmbedder bodies = new FakeTextEmbedder(8);
    assertThat(centroids).hasSize(2);
    assertThat(centroids.get(0).articles()).isEqualTo(2);
    assertThat(centroids.get(0).vector()).isEqualTo(bodies.vector("It rains.", null));
    assertThat(centroids.get(1).vector()).isEqualTo(bodies.vector("It shines.", null));
  }

  @Test
  void embedsTitlesWithAModelOfTheirOwnAndSkipsMissingOnes() throws Exception {
    var titles = build().titles().executeAndCollect(10);

    assertThat(titles).extracting(title -> title.input().id()).containsOnly("1", "3", "4");
    assertThat(titles).allSatisfy(title -> assertThat(title.vector()).hasSize(4));
  }

  @Test
  void saysWhichBodiesAreBlank() throws Exception {
    var failed = build().bodies().getSideOutput(ArticleJob.FAILED).executeAndCollect(10);

    assertThat(failed).extracting(rejected -> rejected.input().id()).containsExactly("3");
  }

  private static ArticleJob.Outputs build() {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false); // nothing may need Kryo
    DataStream<Article> articles =
        StreamExecutionEnvironment.createLocalEnvironment(1, configuration)
            .fromData(Article.class, ARTICLES.toArray(new Article[0]));
    return ArticleJob.build(
        articles,
        StreamEmbedder.<Article>builder().setEmbedders(gpu -> new FakeTextEmbedder(8)),
        StreamEmbedder.<Article>builder().setEmbedders(gpu -> new FakeTextEmbedder(4)));
  }
}
