package dev.streambed.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The colours of page.css: contrast as WCAG 2.2 AA asks for it, and points that people tell apart.
 */
class PageColoursTest {
  private static final Path CSS = Path.of("src/main/resources/dev/streambed/server/page/page.css");

  private static final double TEXT = 4.5; // WCAG 1.4.3
  private static final double SIGNS = 3; // WCAG 1.4.11

  /** Distance in CIELAB: 2.3 can just be seen side by side, and small points lie apart. */
  private static final double DIFFERENT = 20;

  private static final int SHAPES = 4;

  /** Red, green and blue, linear, as people see them without red or without green cones. */
  private static final List<double[][]> COLOUR_BLIND = // Viénot, Brettel and Mollon 1999
      List.of(
          new double[][] {{0.11238, 0.88762, 0}, {0.11238, 0.88762, 0}, {0.00401, -0.00401, 1}},
          new double[][] {{0.29275, 0.70725, 0}, {0.29275, 0.70725, 0}, {-0.02234, 0.02234, 1}});

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void textsCanBeRead(String scheme) throws IOException {
    Map<String, double[]> colours = colours(scheme);

    for (String ground : List.of("ground", "surface", "well", "tint", "bad-tint")) {
      for (String ink : List.of("ink", "muted")) {
        hasContrast(colours, ink, ground, TEXT);
      }
    }
    for (String ground : List.of("ground", "surface", "well", "tint")) {
      hasContrast(colours, "accent", ground, TEXT);
    }
    for (String ink : List.of("good", "warn", "bad")) {
      hasContrast(colours, ink, "surface", TEXT);
    }
    hasContrast(colours, "on-accent", "accent", TEXT);
    hasContrast(colours, "on-mark", "mark", TEXT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void signsCanBeSeen(String scheme) throws IOException {
    Map<String, double[]> colours = colours(scheme);

    hasContrast(colours, "edge", "surface", SIGNS);
    hasContrast(colours, "series-1", "surface", SIGNS);
    hasContrast(colours, "series-2", "surface", SIGNS);
    for (String point : colours.keySet()) {
      if (point.startsWith("point-") || point.startsWith("scale-")) {
        hasContrast(colours, point, "well", SIGNS);
      }
    }
  }

  /** Four shapes serve eight colours, so each pair of a shape must differ in colour. */
  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void pointsOfOneShapeDifferForColourBlindPeopleToo(String scheme) throws IOException {
    Map<String, double[]> colours = colours(scheme);

    for (double[][] eyes : COLOUR_BLIND) {
      for (int i = 1; i <= SHAPES; i++) {
        double[] one = lab(times(eyes, linear(colours, "point-" + i)));
        double[] other = lab(times(eyes, linear(colours, "point-" + (i + SHAPES))));
        assertThat(distance(one, other))
            .as("point-%d and point-%d, %s", i, i + SHAPES, scheme)
            .isGreaterThan(DIFFERENT);
      }
    }
  }

  private static void hasContrast(
      Map<String, double[]> colours, String ink, String ground, double least) {
    double one = luminance(linear(colours, ink));
    double other = luminance(linear(colours, ground));
    assertThat((Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05))
        .as("%s on %s", ink, ground)
        .isGreaterThanOrEqualTo(least);
  }

  /** The variables of a colour scheme; those that the dark one does not set are the light ones. */
  private static Map<String, double[]> colours(String scheme) throws IOException {
    String css = Files.readString(CSS);
    int dark = css.indexOf("(prefers-color-scheme: dark)");
    String read = scheme.equals("dark") ? css : css.substring(0, dark);
    var colours = new HashMap<String, double[]>();
    Pattern.compile("--([a-z0-9-]+): #([0-9a-f]{6});")
        .matcher(read)
        .results()
        .forEach(match -> colours.put(match.group(1), rgb(match.group(2))));
    assertThat(colours).hasSizeGreaterThan(30);
    return colours;
  }

  private static double[] rgb(String hex) {
    int value = Integer.parseInt(hex, 16);
    return new double[] {(value >> 16) / 255.0, (value >> 8 & 255) / 255.0, (value & 255) / 255.0};
  }

  private static double[] linear(Map<String, double[]> colours, String name) {
    double[] rgb = Objects.requireNonNull(colours.get(name), name).clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = rgb[i] <= 0.04045 ? rgb[i] / 12.92 : Math.pow((rgb[i] + 0.055) / 1.055, 2.4);
    }
    return rgb;
  }

  private static double luminance(double[] linear) {
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }

  private static double[] times(double[][] matrix, double[] vector) {
    var product = new double[vector.length];
    for (int i = 0; i < vector.length; i++) {
      for (int j = 0; j < vector.length; j++) {
        product[i] += matrix[i][j] * vector[j];
      }
      product[i] = Math.min(1, Math.max(0, product[i]));
    }
    return product;
  }

  /** CIELAB under D65. */
  private static double[] lab(double[] rgb) {
    double x = curve((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505);
    double y = curve(luminance(rgb));
    double z = curve((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089);
    return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
  }

  private static double curve(double t) {
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16.0 / 116;
  }

  private static double distance(double[] one, double[] other) {
    return Math.sqrt(
        Math.pow(one[0] - other[0], 2)
            + Math.pow(one[1] - other[1], 2)
            + Math.pow(one[2] - other[2], 2));
  }
}
