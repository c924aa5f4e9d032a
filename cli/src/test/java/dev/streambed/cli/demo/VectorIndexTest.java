package dev.streambed.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.cli.demo.VectorIndex.Hit;
import org.junit.jupiter.api.Test;

class VectorIndexTest {
  @Test
  void findsTheNearestFirst() {
    var index = new VectorIndex<String>();
    index.add(new float[] {1, 0}, "east");
    index.add(new float[] {0, 1}, "north");
    index.add(new float[] {0.6f, 0.8f}, "north-east");

    var hits = index.search(new float[] {0, 1}, 2);

    assertThat(hits).extracting(Hit::item).containsExactly("north", "north-east");
    assertThat(hits.get(0).score()).isEqualTo(1.0);
    assertThat(hits.get(1).score()).isEqualTo((double) 0.8f);
  }

  @Test
  void findsNothingInNothing() {
    assertThat(new VectorIndex<String>().search(new float[] {1}, 3)).isEmpty();
  }
}
