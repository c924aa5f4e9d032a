package dev.streambed.embedder;

import static dev.streambed.embedder.Requirements.check;

import java.io.Serializable;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * The address of a vector space. Two vectors compare if and only if the addresses of their spaces
 * are equal:
 *
 * <pre>streambed://text-embedding@1/MODEL@WEIGHTS?dimensions=N</pre>
 *
 * <p>{@code text-embedding@1} is how a text becomes a vector: its tokens' vectors are pooled, by
 * their mean unless the address ends with another way, such as {@code &pooling=cls}; the result is
 * cut to N components, then scaled to norm 1. The prompt is no part of the space, since queries and
 * passages are made to compare; nor is the precision of the arithmetic, which changes the last
 * digits of a vector.
 *
 * <p>An address has one spelling, so that texts may be compared instead of spaces. In the model's
 * name, letters and digits of ASCII, {@code - . _ ~} and {@code /} stand for themselves; each other
 * byte of its UTF-8 form is a percent sign and two capital hex digits.
 *
 * @param model name of the model
 * @param weights the first 12 hex digits, in lower case, of the digest of the weights that the
 *     model directory was made from
 * @param pooling how the vectors of the tokens become one: mean, cls or max
 * @param dimensions length of the vectors
 */
@API(status = API.Status.EXPERIMENTAL)
public record VectorSpace(String model, String weights, String pooling, int dimensions)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Digits of a digest in an address. */
  public static final int WEIGHTS_DIGITS = 12;

  private static final String EXTRACTOR = "streambed://text-embedding@1/";
  private static final String MEAN = "mean";
  private static final String UNRESERVED = "-._~/";

  private static final Pattern WEIGHTS = Pattern.compile("[0-9a-f]{12}");
  private static final Pattern POOLING = Pattern.compile("[a-z]+");
  private static final Pattern FORM =
      Pattern.compile(
          Pattern.quote(EXTRACTOR)
              + "(?<model>[^@?]+)@(?<weights>[0-9a-f]{12})"
              + "\\?dimensions=(?<dimensions>[1-9][0-9]{0,8})(&pooling=(?<pooling>[a-z]+))?");

  public VectorSpace {
    check(!model.isEmpty(), "model", "''", "a name");
    check(WEIGHTS.matcher(weights).matches(), "weights", weights, "12 lower-case hex digits");
    check(POOLING.matcher(pooling).matches(), "pooling", pooling, "lower-case letters");
    check(dimensions >= 1, "dimensions", dimensions, "at least 1");
  }

  /**
   * Reads an address, such as one of a record, or of {@code streambed inspect}.
   *
   * @throws IllegalArgumentException if it is none, or is spelled in another way
   */
  public static VectorSpace parse(String address) {
    Matcher form = FORM.matcher(address);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no address of a vector space: must be %sMODEL@WEIGHTS?dimensions=N, where WEIGHTS are %d hex digits. 'streambed inspect' shows that of a model."
              .formatted(address, EXTRACTOR, WEIGHTS_DIGITS));
    }
    String pooling = form.group("pooling");
    VectorSpace space =
        new VectorSpace(
            decoded(form.group("model"), address),
            form.group("weights"),
            pooling == null ? MEAN : pooling,
            Integer.parseInt(form.group("dimensions")));
    if (!space.toString().equals(address)) {
      throw new IllegalArgumentException(
          "The address '%s' of a vector space must be written as %s.".formatted(address, space));
    }
    return space;
  }

  /** The space of the same model's vectors of another length. */
  public VectorSpace withDimensions(int newDimensions) {
    return new VectorSpace(model, weights, pooling, newDimensions);
  }

  /**
   * Does nothing if vectors of the other space compare with those of this one.
   *
   * @throws IllegalArgumentException if they do not; the message names both
   */
  public void requireSame(VectorSpace other) {
    if (!equals(other)) {
      throw new IllegalArgumentException(
          "Vectors of %s do not compare with those of %s: embed both with one model, and cut them to one length."
              .formatted(other, this));
    }
  }

  /** The address, as {@link #parse} reads it. */
  @Override
  public String toString() {
    return EXTRACTOR
        + encoded(model)
        + "@"
        + weights
        + "?dimensions="
        + dimensions
        + (pooling.equals(MEAN) ? "" : "&pooling=" + pooling);
  }

  private static String encoded(String name) {
    var encoded = new StringBuilder();
    for (byte unit : name.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (unit & 0xFF);
      boolean isLetterOrDigit =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (isLetterOrDigit || UNRESERVED.indexOf(c) >= 0) {
        encoded.append(c);
      } else {
        encoded.append("%%%02X".formatted(unit & 0xFF));
      }
    }
    return encoded.toString();
  }

  private static String decoded(String encoded, String address) {
    try {
      return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The address '%s' of a vector space has a percent sign without two hex digits."
              .formatted(address),
          e);
    }
  }
}
