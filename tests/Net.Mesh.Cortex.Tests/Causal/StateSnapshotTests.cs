using CsCheck;

namespace Net.Mesh.Cortex.Tests.Causal;

public sealed class StateSnapshotTests
{
    private static readonly EntityId Entity = new([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);

    [Fact]
    public void A_snapshot_lies_as_the_chapter_says()
    {
        StateSnapshot snapshot = Snapshot(7, sealedSeed: true);
        byte[] bytes = snapshot.ToArray();
        Assert.Equal("43445331" + "02" + Convert.ToHexString(Entity.AsSpan()) + "0700000000000000", Convert.ToHexString(bytes, 0, 45));
        Assert.Equal(snapshot.ChainLink.ToArray(), bytes[45..77]);
        Assert.Equal("6300000000000000" + "03000000" + "010203" + "02000000" + "0809" + "01" + "01", Convert.ToHexString(bytes, 77, 8 + 4 + 3 + 4 + 2 + 1 + 1));
        Assert.Equal(StateSnapshot.SmallestBytes + 3 + 2 + 209, bytes.Length);
        Assert.Equal(94, StateSnapshot.SmallestBytes);
        Assert.Equal(94, new StateSnapshot(Entity, Link(1), default).ToArray().Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_snapshot_comes_back_without_its_head_payload(bool sealedSeed)
    {
        StateSnapshot snapshot = Snapshot(7, sealedSeed);
        Assert.True(StateSnapshot.TryParse(snapshot.ToArray(), out StateSnapshot? read));
        Assert.Equal((snapshot.Entity, snapshot.ChainLink, 7UL, 99UL), (read.Entity, read.ChainLink, read.ThroughSequence, read.CreatedNs));
        Assert.Equal(snapshot.State.ToArray(), read.State.ToArray());
        Assert.Equal(snapshot.Bindings.ToArray(), read.Bindings.ToArray());
        Assert.Equal(snapshot.SealedSeed?.ToArray(), read.SealedSeed?.ToArray());
        Assert.NotNull(snapshot.HeadPayload);
        Assert.Null(read.HeadPayload);
        Torn.RefusesEveryCut(snapshot.ToArray(), bytes => StateSnapshot.TryParse(bytes, out _));
    }

    [Fact]
    public void What_is_no_snapshot_is_refused()
    {
        byte[] plain = Snapshot(7).ToArray();
        byte[] sealedSeed = Snapshot(7, sealedSeed: true).ToArray();
        Refused(plain, 0, (byte)'X');
        Refused(plain, 4, 1);
        Refused(plain, 5, 0xFF);           // another entity than the link's
        Refused(plain, 37, 8);             // through another sequence than the link's
        Refused(plain, 45, 0xFF);          // another origin than the entity's
        Refused(plain, 88, 0xFF);          // a state longer than all
        Refused(plain, plain.Length - 1, 2);
        Refused(plain, plain.Length - 1, 1);
        Refused(sealedSeed, sealedSeed.Length - 209, 2);
        Assert.False(StateSnapshot.TryParse([.. plain, 0], out _));
        Assert.False(StateSnapshot.TryParse([.. sealedSeed, 0], out _));
        Gen.Byte.Array[0, 400].Sample(bytes =>
        {
            StateSnapshot.TryParse(bytes, out _);
            StateSnapshot.TryParse([.. plain[..85], .. bytes], out _);
        });

        static void Refused(byte[] good, int at, byte value)
        {
            byte[] bad = [.. good];
            bad[at] = value;
            Assert.False(StateSnapshot.TryParse(bad, out _), $"byte {at}");
        }
    }

    [Fact]
    public void A_snapshot_that_nobody_could_read_is_not_made()
    {
        Assert.Throws<ArgumentException>(() => new StateSnapshot(Entity, CausalLink.Genesis(new OriginHash(1)), default));
        Assert.Throws<ArgumentException>(() => new StateSnapshot(Entity, Link(1), default) { SealedSeed = new byte[208] });
    }

    [Fact]
    public void A_store_never_goes_back_even_after_a_removal()
    {
        var store = new SnapshotStore();
        Assert.Equal(SnapshotStoreOutcome.Stored, store.Store(Snapshot(5)));
        Assert.Equal(SnapshotStoreOutcome.NotNewer, store.Store(Snapshot(5)));
        Assert.Equal(SnapshotStoreOutcome.NotNewer, store.Store(Snapshot(4)));
        Assert.Equal(SnapshotStoreOutcome.Stored, store.Store(Snapshot(6)));
        Assert.True(store.TryGet(Entity, out StateSnapshot? newest));
        Assert.Equal(6UL, newest.ThroughSequence);
        Assert.True(store.Remove(Entity));
        Assert.False(store.Remove(Entity));
        Assert.False(store.TryGet(Entity, out _));
        Assert.Equal(SnapshotStoreOutcome.NotNewer, store.Store(Snapshot(6)));
        Assert.True(store.Forget(Entity));
        Assert.Equal(SnapshotStoreOutcome.Stored, store.Store(Snapshot(1)));
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public void A_full_store_takes_newer_snapshots_of_those_it_knows_alone()
    {
        var store = new SnapshotStore(capacity: 1);
        Assert.Equal(SnapshotStoreOutcome.Stored, store.Store(Snapshot(1)));
        var other = new EntityId(new byte[32]);
        var of = new StateSnapshot(other, CausalLink.Genesis(Identity.OriginHashOf(other)), default);
        Assert.Equal(SnapshotStoreOutcome.Full, store.Store(of));
        Assert.Equal(SnapshotStoreOutcome.Stored, store.Store(Snapshot(2)));
    }

    private static CausalLink Link(ulong sequence) => new(Identity.OriginHashOf(Entity), default, sequence, 3);

    private static StateSnapshot Snapshot(ulong through, bool sealedSeed = false) => new(Entity, Link(through), new byte[] { 1, 2, 3 })
    {
        CreatedNs = 99,
        Bindings = new byte[] { 8, 9 },
        HeadPayload = new byte[] { 4 },
        SealedSeed = sealedSeed ? (ReadOnlyMemory<byte>?)(byte[])[1, .. Enumerable.Repeat((byte)0xEE, 208)] : null,
    };
}
