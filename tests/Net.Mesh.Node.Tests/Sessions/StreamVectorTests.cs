using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Net.Mesh.Sessions;

namespace Net.Mesh.Node.Tests.Sessions;

/// <summary>The sections of wire.json about the state of a stream, step by step.</summary>
public sealed partial class StreamVectorTests
{
    [Fact]
    public void Sequences_are_accepted_and_missed_as_the_vectors_say()
    {
        foreach (JsonElement vector in Vectors.Wire("reliableReceive").EnumerateArray())
        {
            var window = new SequenceWindow();
            foreach (JsonElement step in vector.GetProperty("steps").EnumerateArray())
            {
                bool isAccepted = window.Accept(step.Number("sequence")) is SequenceVerdict.InOrder or SequenceVerdict.OutOfOrder;
                Assert.Equal(step.GetProperty("accepted").GetBoolean(), isAccepted);
                Assert.Equal(step.Number("nextExpected"), window.NextExpected);
                Assert.Equal(step.Number("sackBitmap"), window.Received);
                JsonElement nack = step.GetProperty("nack");
                Assert.Equal(nack.ValueKind != JsonValueKind.Null, window.HasGap);
                if (window.HasGap)
                    Assert.Equal(nack.Number("missingBitmap"), window.MissingBitmap);
            }
        }
    }

    [Fact]
    public void Credit_is_taken_granted_and_given_back_as_the_vectors_say()
    {
        foreach (JsonElement vector in Vectors.Wire("credit").EnumerateArray())
        {
            var window = new CreditWindow((long)vector.Number("window"));
            foreach (JsonElement step in vector.GetProperty("steps").EnumerateArray())
            {
                ulong bytes = step.Number("bytes");
                switch (step.Text("op"))
                {
                    case "acquire":
                        Assert.Equal(step.GetProperty("result").GetBoolean(), window.TryAcquire((long)bytes));
                        break;
                    case "grant":
                        window.Grant(bytes);
                        break;
                    default:
                        window.Refund((long)bytes);
                        break;
                }
                Assert.Equal(
                    (step.Number("creditRemaining"), step.Number("bytesSent"), step.Number("maxConsumedSeen"), step.Number("backpressureEvents"), step.Number("grantsReceived")),
                    ((ulong)window.Remaining, window.Sent, window.Consumed, (ulong)window.BackpressureEvents, (ulong)window.GrantsReceived));
            }
        }
    }

    [Fact]
    public void Round_trips_give_the_timeouts_of_the_vectors()
    {
        foreach (JsonElement run in Vectors.Wire("rto").EnumerateArray())
        {
            var estimator = new RttEstimator();
            foreach (JsonElement sample in run.EnumerateArray())
            {
                estimator.Sample(TimeSpan.FromMicroseconds(sample.Number("rttMicros")));
                Assert.Equal(sample.Number("srttNanos"), estimator.SmoothedNanos, 1.0);
                Assert.Equal(sample.Number("rttvarNanos"), estimator.VariationNanos, 1.0);
                Assert.Equal(sample.Number("rtoNanos") / 1000.0, estimator.Timeout.TotalMicroseconds, 0.2);
            }
        }
    }

    [Fact]
    public void The_congestion_window_moves_as_the_vectors_say()
    {
        var window = new CongestionWindow(128);
        foreach (JsonElement step in Vectors.Wire("congestionWindow").EnumerateArray())
        {
            string what = step.Text("event");
            if (Acked().Match(what) is { Success: true } acked)
            {
                for (int i = int.Parse(acked.Groups[1].Value, CultureInfo.InvariantCulture); i > 0; i--)
                    window.OnAcknowledged();
            }
            else if (what.Contains("NACK", StringComparison.Ordinal))
            {
                window.OnLoss();
            }
            else if (what.StartsWith("timeout", StringComparison.Ordinal))
            {
                window.OnTimeout();
            }
            Assert.Equal(step.GetProperty("cwnd").GetDouble(), window.Packets, 1e-9);
            JsonElement threshold = step.GetProperty("ssthresh");
            Assert.Equal(threshold.ValueKind == JsonValueKind.Null ? double.PositiveInfinity : threshold.GetDouble(), window.SlowStartThreshold, 1e-9);
        }
    }

    [Fact]
    public void The_retransmit_window_follows_from_the_credit_window()
    {
        foreach (JsonElement row in Vectors.Wire("retransmitWindow").EnumerateArray())
            Assert.Equal((int)row.Number("maxPending"), RetransmitQueue.CapacityFor((long)row.Number("txWindow")));
    }

    [GeneratedRegex(@"^(\d+) packets? acked")]
    private static partial Regex Acked();
}
