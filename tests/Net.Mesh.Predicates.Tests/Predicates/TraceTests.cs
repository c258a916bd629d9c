using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>Traces, reports, labels and redaction (spec 04 §13.3).</summary>
public sealed class TraceTests
{
    private static readonly Predicate Both = Predicate.And(
        Predicate.SemverAtLeast("software.v", "1"), Predicate.MetadataEquals("intent", "secret"), Predicate.Exists("hardware.gpu"));

    [Fact]
    public void The_cheapest_clause_is_asked_first_and_the_rest_is_left_out()
    {
        PredicateTrace trace = Both.EvaluateWithTrace(CapabilitySet.Empty);
        Assert.Equal("And(3 clauses)", trace.Label);
        Assert.Equal("MetadataEquals(intent=secret)", Assert.Single(trace.Children).Label);
    }

    [Fact]
    [Trait("spec", "04 T31")]
    public void Skipped_clauses_are_shown_when_asked_for()
    {
        PredicateTrace trace = Both.EvaluateWithTrace(CapabilitySet.Empty, withSkipped: true);
        Assert.Equal([false, true, true], trace.Children.Select(c => c.WasSkipped));
        Assert.Equal(["MetadataEquals(intent=secret)", "Exists(hardware.gpu)", "SemverAtLeast(software.v >= 1)"], trace.Children.Select(c => c.Label));
        Assert.Equal("false And(3 clauses)\n  false MetadataEquals(intent=secret)\n  -     Exists(hardware.gpu)\n  -     SemverAtLeast(software.v >= 1)", trace.ToString());
    }

    [Fact]
    public void Equal_costs_keep_the_order_in_which_they_were_given()
    {
        Predicate predicate = Predicate.Or(Predicate.Exists("hardware.b"), Predicate.Exists("hardware.a"), Predicate.Exists("hardware.c"));
        Assert.Equal(["Exists(hardware.b)", "Exists(hardware.a)", "Exists(hardware.c)"], predicate.EvaluateWithTrace(CapabilitySet.Empty).Children.Select(c => c.Label));
    }

    [Fact]
    public void Traces_are_redacted_without_a_change_of_shape()
    {
        PredicateTrace trace = Both.EvaluateWithTrace(CapabilitySet.Empty, withSkipped: true).RedactMetadataKeys("intent");
        Assert.Equal("MetadataEquals(intent=<redacted>)", trace.Children[0].Label);
        Assert.Equal(3, trace.Children.Count);
        Assert.DoesNotContain("secret", trace.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\"b\\c\n\r\t\0", "StringMatches(hardware.x contains \"a\\\"b\\\\c\\n\\r\\t\\0\")")]
    [InlineData("\u0001\u007f\u2028\u00a0", "StringMatches(hardware.x contains \"\\u{1}\\u{7f}\\u{2028}\\u{a0}\")")]
    [InlineData("ä😀 '", "StringMatches(hardware.x contains \"ä😀 '\")")]
    public void Texts_are_quoted_in_labels(string text, string label) => Assert.Equal(label, Predicate.Contains("hardware.x", text).Label);

    [Theory]
    [InlineData(-0.0, "-0")]
    [InlineData(1e-7, "0.0000001")]
    [InlineData(1.5e17, "150000000000000000")]
    [InlineData(0.1, "0.1")]
    public void Numbers_in_labels_have_no_exponent(double number, string text) =>
        Assert.Equal($"NumericAtMost(hardware.x <= {text})", Predicate.AtMost("hardware.x", number).Label);

    [Fact]
    public void A_report_reads_as_text()
    {
        PredicateDebugReport report = PredicateDebugReport.FromEvaluations(Predicate.Exists("hardware.gpu"), [CapabilitySet.Empty, CapabilitySet.FromTags("hardware.gpu")]);
        Assert.Equal("1 of 2 candidates match\n  1 of 2  Exists(hardware.gpu)", report.ToString());
    }
}
