package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A job leaves nothing in a TaskManager when its class loader is released. */
class UnloadingTest {
  private final List<String> unloaded = new ArrayList<>();
  private final Map<String, Runnable> hooks = new HashMap<>(); // as Flink keeps them
  private final Unloading unloading = new Unloading(() -> unloaded.add("natives"));

  @Test
  void freesTheNativeLibrariesOfAFactoryThatIsALambda() {
    unloading.register(gpu -> new ManualTextEmbedder(), hooks::putIfAbsent);

    release();

    assertThat(unloaded).containsExactly("natives");
  }

  @Test
  void unloadsOneFactoryOfEachClassBeforeTheNativeLibraries() {
    unloading.register(new First("first"), hooks::putIfAbsent);
    unloading.register(new First("the same after a restart"), hooks::putIfAbsent);
    unloading.register(new Second(), hooks::putIfAbsent);

    release();

    assertThat(unloaded)
        .containsExactlyInAnyOrder("first", "second", "natives")
        .endsWith("natives");
  }

  @Test
  void unloadsAllThoughOneFails() {
    unloading.register(
        new TextEmbedderFactory() {
          @Override
          public TextEmbedder open(OptionalInt gpu) {
            return new ManualTextEmbedder();
          }

          @Override
          public void unload() {
            throw new IllegalStateException("broken by the test");
          }
        },
        hooks::putIfAbsent);
    unloading.register(new Second(), hooks::putIfAbsent);

    assertThatThrownBy(this::release).hasMessage("broken by the test");

    assertThat(unloaded).containsExactly("second", "natives");
  }

  private void release() {
    hooks.values().forEach(Runnable::run);
  }

  private final class First extends Factory {
    First(String name) {
      super(name);
    }
  }

  private final class Second extends Factory {
    Second() {
      super("second");
    }
  }

  private abstract class Factory implements TextEmbedderFactory {
    private final String name;

    Factory(String name) {
      this.name = name;
    }

    @Override
    public TextEmbedder open(OptionalInt gpu) {
      return new ManualTextEmbedder();
    }

    @Override
    public void unload() {
      unloaded.add(name);
    }
  }
}
