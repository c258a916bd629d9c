using System.Text.Json;
using CsCheck;
using Net.Mesh.Sessions;

namespace Net.Mesh.Node.Tests.Sessions;

public sealed class FragmentAssemblerTests
{
    private const int Limit = 16 << 20;

    [Fact]
    public void Pieces_lead_to_what_the_vectors_say()
    {
        foreach (JsonElement sequence in Vectors.Profile("largeMessage").GetProperty("sequences").EnumerateArray())
        {
            var assembler = new FragmentAssembler(Limit, new(Limit * 2), new(Limit * 2));
            FragmentOutcome last = FragmentOutcome.Waiting;
            foreach (JsonElement piece in sequence.GetProperty("pieces").EnumerateArray())
            {
                int[] row = [.. piece.EnumerateArray().Select(value => value.GetInt32())];
                last = assembler.Add((ushort)row[1], row[2], (row[0] & 2) != 0, new byte[row[3]], 0, out _);
            }
            Assert.Equal((sequence.Text("name"), sequence.Text("outcome")), (sequence.Text("name"), last.ToString().ToLowerInvariant()));
        }
    }

    [Fact]
    public void Whole_messages_come_out_whole_in_whatever_order_their_pieces_come() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 400].Array[1, 8], Gen.Int[0, int.MaxValue]).Sample((size, lengths, seed) =>
        {
            var budget = new FragmentBudget(1 << 24);
            var assembler = new FragmentAssembler(Limit, budget, new(1 << 24));
            byte[][] messages = [.. lengths.Select((length, id) => (byte[])[.. Enumerable.Range(0, length).Select(i => (byte)((i * 3) + id))])];
            var pieces = messages.SelectMany((message, id) => message.Chunk(size).Select((piece, index) => (Id: id, Index: index, IsLast: (index + 1) * size >= message.Length, Bytes: piece))).ToArray();
            new Random(seed).Shuffle(pieces);
            int complete = 0;
            foreach (var piece in pieces)
            {
                if (assembler.Add((ushort)piece.Id, piece.Index, piece.IsLast, piece.Bytes, 0, out byte[]? whole) != FragmentOutcome.Complete)
                    continue;
                Assert.Equal(messages[piece.Id], whole);
                complete++;
            }
            Assert.Equal(messages.Length, complete);
            Assert.Equal((0, 0L), (assembler.Unfinished, budget.UsedBytes));
        });

    [Fact]
    public void Nonsense_stays_within_the_budgets_and_leaves_nothing_behind() =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 9], Gen.Bool, Gen.Int[0, 30], Gen.Int[0, 5]).Array[1, 300].Sample(pieces =>
        {
            var peer = new FragmentBudget(2_000);
            var node = new FragmentBudget(1_500);
            var assembler = new FragmentAssembler(200, peer, node);
            long now = 0;
            foreach ((int id, int index, bool isLast, int length, int pause) in pieces)
            {
                now += pause;
                FragmentOutcome outcome = assembler.Add((ushort)id, index, isLast, new byte[length], now, out byte[]? whole);
                Assert.Equal(outcome == FragmentOutcome.Complete, whole is not null);
                Assert.InRange(whole?.Length ?? 0, 0, 200);
                Assert.InRange(node.UsedBytes, 0, 1_500);
                Assert.Equal(node.UsedBytes, peer.UsedBytes);
                if (pause == 5)
                    assembler.DropStale(now - 20);
            }
            assembler.Clear();
            Assert.Equal((0L, 0L, 0), (peer.UsedBytes, node.UsedBytes, assembler.Unfinished));
        });

    [Fact]
    public void A_piece_beyond_the_budget_of_the_peer_or_the_node_drops_its_message()
    {
        foreach ((long peerLimit, long nodeLimit) in new[] { (1_000L, 100_000L), (100_000L, 1_000L) })
        {
            var peer = new FragmentBudget(peerLimit);
            var node = new FragmentBudget(nodeLimit);
            var assembler = new FragmentAssembler(Limit, peer, node);
            Assert.Equal(FragmentOutcome.Waiting, assembler.Add(1, 0, false, new byte[600], 0, out _));
            Assert.Equal(FragmentOutcome.OverBudget, assembler.Add(1, 1, false, new byte[600], 0, out _));
            Assert.Equal((0L, 0L, 0), (peer.UsedBytes, node.UsedBytes, assembler.Unfinished));
        }
    }

    [Fact]
    public void Tiny_pieces_cost_what_they_occupy()
    {
        // A byte that comes alone takes far more memory than a byte; the budget has to see that.
        var budget = new FragmentBudget(1 << 20);
        var assembler = new FragmentAssembler(Limit, budget, new(1 << 30));
        int held = 0;
        while (assembler.Add(0, held, false, new byte[1], 0, out _) == FragmentOutcome.Waiting)
            held++;
        Assert.InRange(held, 1, (1 << 20) / 100);
    }
}
