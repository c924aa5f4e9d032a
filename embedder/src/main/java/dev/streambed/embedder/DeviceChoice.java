package dev.streambed.embedder;

import static dev.streambed.embedder.Requirements.check;

import java.io.Serializable;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * The device that a model is asked to run on.
 *
 * @param kind if it must, may or must not be a GPU
 * @param gpu CUDA index of the GPU; -1 to leave it open: the opener of the model takes the first if
 *     nobody assigns one
 */
@API(status = API.Status.EXPERIMENTAL)
public record DeviceChoice(Kind kind, int gpu) implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int ANY_GPU = -1;
  private static final Pattern CUDA_WITH_INDEX = Pattern.compile("cuda:([0-9]{1,4})");

  /** The texts that {@link #parse} takes. */
  public static final Range<String> FORMS =
      new Range<>(
          text -> read(text).isPresent(), "cpu, auto, cuda, or cuda:N with the index N of a GPU");

  /** Whether the device must be a GPU. */
  public enum Kind {
    /** The CPU. */
    CPU,
    /** A GPU; opening the model fails if it cannot be used. */
    CUDA,
    /** A GPU if it can be used, else the CPU. */
    AUTO
  }

  public static final DeviceChoice CPU = new DeviceChoice(Kind.CPU, ANY_GPU);
  public static final DeviceChoice CUDA = new DeviceChoice(Kind.CUDA, ANY_GPU);
  public static final DeviceChoice AUTO = new DeviceChoice(Kind.AUTO, ANY_GPU);

  public DeviceChoice {
    check(gpu >= ANY_GPU, "gpu", gpu, "the index of a GPU, or -1 for any");
    check(kind != Kind.CPU || gpu == ANY_GPU, "gpu", gpu, "-1 for the CPU");
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if it is none of {@code cpu}, {@code auto}, {@code cuda} and
   *     {@code cuda:N}
   */
  public static DeviceChoice parse(String text) {
    Optional<DeviceChoice> choice = read(text);
    check(choice.isPresent(), "device", "'" + text + "'", FORMS.words());
    return choice.get();
  }

  private static Optional<DeviceChoice> read(String text) {
    Matcher withIndex = CUDA_WITH_INDEX.matcher(text);
    if (withIndex.matches()) {
      return Optional.of(CUDA.on(Integer.parseInt(withIndex.group(1))));
    }
    return switch (text) {
      case "cpu" -> Optional.of(CPU);
      case "cuda" -> Optional.of(CUDA);
      case "auto" -> Optional.of(AUTO);
      default -> Optional.empty();
    };
  }

  /** The same, with this GPU if it is one. */
  public DeviceChoice on(int newGpu) {
    return new DeviceChoice(kind, newGpu);
  }

  /** Whether the GPU to use is named. */
  public boolean namesGpu() {
    return gpu != ANY_GPU;
  }

  /** The GPU to try. */
  public Device preferredGpu() {
    return Device.cuda(namesGpu() ? gpu : 0);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case CPU -> "cpu";
      case AUTO -> "auto";
      case CUDA -> namesGpu() ? "cuda:" + gpu : "cuda";
    };
  }
}
