package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.operator.stream.StreamEmbedder;
import dev.streambed.testing.FakeTextEmbedder;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class FirstJobTest {
  @Test
  void embedsEachText() throws Exception {
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    var texts = environment.fromData("Good morning!", "Good night!");
    var fake = StreamEmbedder.<String>builder().setEmbedders(gpu -> new FakeTextEmbedder(8));

    var embedded = FirstJob.embed(texts, fake).executeAndCollect(10);

    var expected = new FakeTextEmbedder(8);
    assertThat(embedded).hasSize(2);
    assertThat(embedded)
        .allSatisfy(one -> assertThat(one.vector()).isEqualTo(expected.vector(one.input(), null)));
  }
}
