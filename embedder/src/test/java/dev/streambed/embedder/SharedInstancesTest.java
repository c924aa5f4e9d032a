package dev.streambed.embedder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedInstancesTest {
  private final AtomicInteger opened = new AtomicInteger();
  private final List<Integer> closed = new ArrayList<>();
  private final SharedInstances<String, AutoCloseable> instances = new SharedInstances<>();

  @Test
  void opensOnceAndClosesAfterTheLast() {
    AutoCloseable first = instances.acquire("a", this::open);
    AutoCloseable second = instances.acquire("a", this::open);

    assertThat(second).isSameAs(first);
    instances.release("a");
    assertThat(closed).isEmpty();
    instances.release("a");
    assertThat(closed).containsExactly(1);
    assertThat(instances.users("a")).isZero();
  }

  @Test
  void keepsKeysApartAndOpensAgainAfterTheLast() {
    instances.acquire("a", this::open);
    instances.acquire("b", this::open);
    instances.release("a");
    instances.acquire("a", this::open);

    assertThat(opened).hasValue(3);
    assertThat(closed).containsExactly(1);
  }

  @Test
  void holdsNothingAfterAFailedOpen() {
    assertThatThrownBy(
            () ->
                instances.acquire(
                    "a",
                    () -> {
                      throw new InvalidModelException("no model in this test");
                    }))
        .isInstanceOf(InvalidModelException.class);

    assertThat(instances.users("a")).isZero();
    assertThatThrownBy(() -> instances.release("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("released too often");
  }

  private AutoCloseable open() {
    int number = opened.incrementAndGet();
    return () -> closed.add(number);
  }
}
