package dev.streambed.embedder.chunk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.commonmark.internal.InlineParserImpl;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.InlineParser;
import org.commonmark.parser.InlineParserContext;
import org.commonmark.parser.Parser;
import org.jspecify.annotations.Nullable;

/**
 * The headings of a text, and what stands under them. Headings that follow each other are one
 * group, with what comes behind the last. Immutable.
 */
final class Outline {
  static final Outline NONE = new Outline(List.of());

  /** Of a longer heading the rest is left out: each chunk below has it. */
  static final int MAX_TITLE = 200;

  /**
   * Most characters of a heading whose marks are looked for: that takes time by their square. A
   * longer one is taken as it is written.
   */
  static final int MAX_MARKED = 2_000;

  /**
   * Blocks inside of each other, of which a level of a list has two; deeper ones are text, and so
   * is a heading right behind them. Nobody writes these, and each line costs time and memory for
   * each block that it is in.
   */
  private static final int MAX_DEPTH = 20;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /** Marks inside of each other; they are visited by recursion. */
  private static final int MAX_NESTING = 50;

  private static final Parser MARKDOWN =
      Parser.builder()
          .includeSourceSpans(IncludeSourceSpans.BLOCKS)
          .maxOpenBlockParsers(MAX_DEPTH)
          .maxInlineNesting(MAX_NESTING)
          .inlineParserFactory(Outline::ofHeadings)
          .build();

  private final List<Group> groups;

  /**
   * Headings with nothing between them.
   *
   * @param start where the first begins
   * @param body where begins what follows the last; the end of the text if nothing does
   * @param path the headings over the body, the topmost first
   */
  private record Group(int start, int body, List<Title> path) {}

  private record Title(int start, int level, String text) {}

  private Outline(List<Group> groups) {
    this.groups = groups;
  }

  static Outline of(String text, Headings kind) {
    return switch (kind) {
      case OFF -> NONE;
      case MARKDOWN -> ofMarkdown(text);
    };
  }

  /** Parses what is in headings, and leaves all other blocks empty. */
  private static InlineParser ofHeadings(InlineParserContext context) {
    var inline = new InlineParserImpl(context);
    return (lines, block) -> {
      if (!(block instanceof Heading)) {
        return;
      }
      String content = lines.getContent();
      if (content.length() <= MAX_MARKED) {
        inline.parse(lines, block);
      } else {
        block.appendChild(new Text(content.substring(0, MAX_MARKED).replace('\n', ' ')));
      }
    };
  }

  /** The blocks of a text, of which headings alone have their content. */
  static Node blocks(String text) {
    // A byte order mark is no part of the first line; positions stay what they are.
    return MARKDOWN.parse(text.startsWith(BYTE_ORDER_MARK) ? ' ' + text.substring(1) : text);
  }

  private static Outline ofMarkdown(String text) {
    List<Group> groups = new ArrayList<>();
    Deque<Title> path = new ArrayDeque<>();
    int start = -1;
    int body = -1; // of the group so far
    for (Node node = blocks(text).getFirstChild(); node != null; node = node.getNext()) {
      if (node instanceof Heading heading && !heading.getSourceSpans().isEmpty()) {
        List<SourceSpan> lines = heading.getSourceSpans();
        SourceSpan last = lines.get(lines.size() - 1);
        int from = WhiteSpace.skip(text, lines.get(0).getInputIndex(), text.length());
        if (from != body) {
          start = from;
        } else {
          groups.remove(groups.size() - 1); // it goes on with this one
        }
        while (!path.isEmpty() && path.getLast().level >= heading.getLevel()) {
          path.removeLast();
        }
        path.addLast(new Title(from, heading.getLevel(), title(heading)));
        body = WhiteSpace.skip(text, last.getInputIndex() + last.getLength(), text.length());
        groups.add(new Group(start, body, List.copyOf(path)));
      }
    }
    return groups.isEmpty() ? NONE : new Outline(groups);
  }

  /** The text of a heading, without its marks. */
  private static String title(Heading heading) {
    var words = new StringBuilder();
    heading.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text text) {
            words.append(text.getLiteral());
          }

          @Override
          public void visit(Code code) {
            words.append(code.getLiteral());
          }

          @Override
          public void visit(SoftLineBreak lineBreak) {
            words.append(' ');
          }

          @Override
          public void visit(HardLineBreak lineBreak) {
            words.append(' ');
          }
        });
    String title = trimmed(words.toString());
    if (title.length() <= MAX_TITLE) {
      return title;
    }
    int end = Character.isHighSurrogate(title.charAt(MAX_TITLE - 1)) ? MAX_TITLE - 1 : MAX_TITLE;
    return trimmed(title.substring(0, end));
  }

  private static String trimmed(String title) {
    int start = WhiteSpace.skip(title, 0, title.length());
    return title.substring(start, WhiteSpace.trim(title, start, title.length()));
  }

  /** The last group that begins at a position or before it; null if none does. */
  private @Nullable Group at(int position) {
    int low = 0;
    int high = groups.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (groups.get(middle).start <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? null : groups.get(low - 1);
  }

  /** Whether headings begin at a position, with no other heading right before them. */
  boolean begins(int position) {
    Group group = at(position);
    return group != null && group.start == position;
  }

  /** Whether a cut at a position would part a heading from what it belongs to. */
  boolean binds(int position) {
    Group group = at(position);
    return group != null && group.start < position && position <= group.body;
  }

  /** Where the headings begin that a position stands under or in; 0 if there are none. */
  int sectionOf(int position) {
    Group group = at(position);
    return group == null ? 0 : group.start;
  }

  /** The headings that a part of the text stands under which begins at a position. */
  List<String> path(int position) {
    return titles(position, Integer.MAX_VALUE);
  }

  /** Those of {@link #path} that the part itself does not have. */
  List<String> above(int position) {
    return titles(position, position);
  }

  private List<String> titles(int position, int before) {
    Group group = at(position);
    return group == null
        ? List.of()
        : group.path.stream()
            .filter(title -> title.start < before && !title.text.isEmpty())
            .map(Title::text)
            .toList();
  }
}
