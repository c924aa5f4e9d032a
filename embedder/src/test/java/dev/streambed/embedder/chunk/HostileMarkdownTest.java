package dev.streambed.embedder.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.node.Emphasis;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.Text;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Large documents that were written to cost time, memory or stack. */
class HostileMarkdownTest {
  private static final int MEGABYTE = 1_000_000;
  private static final int LARGE = 150_000;
  private static final int LIMIT = 500 + WordCounter.FIXED;

  private static final ChunkingOptions MARKDOWN =
      ChunkingOptions.DEFAULT.withHeadings(Headings.MARKDOWN, /* inText= */ false);

  static List<String> documents() {
    List<String> documents = new ArrayList<>();
    for (String part :
        List.of(
            "*",
            "**a ",
            "*a **b ",
            "_a_",
            "[",
            "![",
            "[a](",
            "[a]: b\n",
            "[a]: <",
            "`",
            "` `` ",
            "<",
            "<a ",
            "<!-- ",
            "<![CDATA[",
            "&",
            "\\",
            "> ",
            ">",
            "- ",
            "1. ",
            "* * ",
            "| a ",
            "|---\n",
            "# ",
            "#\n",
            "# a\n",
            "a\n=\n",
            "a\n",
            "\n",
            "\t",
            "~~~\n",
            "- a\n\n")) {
      documents.add(part.repeat(LARGE / part.length()));
      documents.add("# " + part.repeat(LARGE / part.length()));
      String line = part.repeat(100).replace("\n", "") + "\n";
      documents.add(line.repeat(LARGE / line.length()));
    }
    documents.add("*".repeat(MEGABYTE / 2) + "a" + "*".repeat(MEGABYTE / 2));
    documents.add("*a ".repeat(MEGABYTE / 6) + "b* ".repeat(MEGABYTE / 6) + "\n===");
    documents.add("[".repeat(MEGABYTE / 2) + "a" + "](b)".repeat(MEGABYTE / 8));
    documents.add("> ".repeat(1_000) + "a\n" + "b\n".repeat(MEGABYTE / 2)); // goes on in each
    documents.add("- ".repeat(1_000) + "a\n" + "b\n".repeat(MEGABYTE / 2));
    documents.add(">".repeat(10_000) + "\n".repeat(10_000));
    var nested = new StringBuilder();
    for (int depth = 0; nested.length() < MEGABYTE; depth++) {
      nested.append(" ".repeat(2 * depth)).append("- a\n");
    }
    documents.add(nested.toString());
    return documents;
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("documents")
  void losesNothing(String hostile) {
    new ChunkChecks(new WordCounter(LIMIT), MARKDOWN).split(hostile, hostile.substring(0, 20));
  }

  @Test
  void parsesWhatIsInHeadingsAlone() {
    List<Node> blocks = new ArrayList<>();
    Node document = Outline.blocks("*a*\n\n# *b*\n\n> *c*\n\n*d*\n=\n");
    for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
      blocks.add(node);
    }

    assertThat(blocks).hasSize(4);
    assertThat(blocks.get(0)).isInstanceOf(Paragraph.class);
    assertThat(blocks.get(0).getFirstChild()).isNull();
    assertThat(blocks.get(1).getFirstChild()).isInstanceOf(Emphasis.class);
    assertThat(blocks.get(2).getFirstChild()).isInstanceOf(Paragraph.class);
    assertThat(blocks.get(2).getFirstChild().getFirstChild()).isNull();
    assertThat(blocks.get(3)).isInstanceOf(Heading.class);
    assertThat(blocks.get(3).getFirstChild()).isInstanceOf(Emphasis.class);
  }

  @Test
  void takesALongHeadingAsItIsWritten() {
    String most = "*a* ".repeat(Outline.MAX_MARKED / 4).strip();

    assertThat(content("# " + most)).isInstanceOf(Emphasis.class);
    assertThat(content("# " + most + " *a*")).isInstanceOf(Text.class);
    assertThat(Outline.of("*a*\n".repeat(1_000) + "===\n\nEnd.", Headings.MARKDOWN).path(4_010))
        .containsExactly("*a* ".repeat(50).strip());
  }

  @Test
  void findsTheHeadingBehindBlocksInsideOfEachOther() {
    String deep = "> ".repeat(50_000) + "- ".repeat(50_000) + "\n".repeat(50_000) + "# A\n\nEnd.";

    assertThat(Outline.of(deep, Headings.MARKDOWN).path(deep.length() - 1)).containsExactly("A");
  }

  @Test
  void takesMarksInsideOfEachOther() {
    String marks = "*".repeat(900);

    assertThat(Outline.of("# %sa%1$s\n\nEnd.".formatted(marks), Headings.MARKDOWN).path(1_805))
        .hasSize(1);
  }

  private static Node content(String heading) {
    return Outline.blocks(heading).getFirstChild().getFirstChild();
  }
}
