package dev.streambed.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.query.Nearest.Hit;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
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

  @Test
  void ofEqualScoresTheOneAddedFirstComesFirst() {
    var random = new Random(11);
    var index = new VectorIndex<Integer>();
    List<Integer> all = IntStream.range(0, 400).boxed().toList();
    int[] scores = random.ints(400, 0, 5).toArray();
    all.forEach(i -> index.add(new float[] {scores[i] / 4f, 1}, i));

    List<Hit<Integer>> hits = index.search(new float[] {0, 1}, 400);

    assertThat(hits)
        .isSortedAccordingTo(
            (one, other) ->
                one.score() == other.score()
                    ? one.item() - other.item()
                    : Double.compare(other.score(), one.score()));
    assertThat(index.search(new float[] {0, 1}, 37)).isEqualTo(hits.subList(0, 37));
  }

  /** A vector that was read back from bytes has another norm; one of zeros has none. */
  @Test
  void scoresAreCosines() {
    var index = new VectorIndex<String>();
    index.add(new float[] {0, 0}, "nothing");
    index.add(new float[] {3, 4}, "long");

    List<Hit<String>> hits = index.search(new float[] {0, 1}, 5);

    assertThat(hits).extracting(Hit::item).containsExactly("long", "nothing");
    assertThat(hits.get(0).score()).isCloseTo(0.8, within(1e-12));
    assertThat(hits.get(1).score()).isZero();
  }

  @Test
  void doesNotFindWhatWasRemovedAndKeepsTheOrderOfTheRest() {
    var random = new Random(12);
    var index = new VectorIndex<Integer>();
    var left = new TreeMap<Long, Integer>();
    for (int i = 0; i < 2000; i++) {
      long place = index.add(new float[] {random.nextInt(5) / 4f, 1}, i);
      left.put(place, i);
      while (left.size() > 0 && random.nextInt(10) < 4) {
        long removed = left.ceilingKey(random.nextLong(left.firstKey(), left.lastKey() + 1));
        index.remove(removed);
        left.remove(removed);
      }
    }

    List<Hit<Integer>> hits = index.search(new float[] {0, 1}, 5000);

    assertThat(index.size()).isEqualTo(left.size()).isPositive();
    assertThat(hits).extracting(Hit::item).containsExactlyInAnyOrderElementsOf(left.values());
    assertThat(hits)
        .isSortedAccordingTo(
            (one, other) ->
                one.score() == other.score()
                    ? one.item() - other.item()
                    : Double.compare(other.score(), one.score()));
  }

  @Test
  void removesAVectorOnce() {
    var index = new VectorIndex<String>();
    long place = index.add(new float[] {1}, "one");
    index.remove(place);

    assertThatThrownBy(() -> index.remove(place))
        .hasMessage("There is no vector at place 0.")
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(index.add(new float[] {1}, "two")).isEqualTo(1);
    assertThat(index.size()).isEqualTo(1);
  }

  @Test
  void searchesAmongThoseThatAreWanted() {
    var index = new VectorIndex<String>();
    index.add(new float[] {0, 1}, "north");
    index.add(new float[] {1, 0}, "east");

    assertThat(index.search(new float[] {0, 1}, 1, item -> item.equals("east")))
        .extracting(Hit::item)
        .containsExactly("east");
  }
}
