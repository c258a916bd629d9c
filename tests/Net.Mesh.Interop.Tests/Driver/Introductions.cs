namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>Handshakes after which both sides can address each other in every way (spec 02, T7).</summary>
internal static class Introductions
{
    extension(TestNode node)
    {
        /// <summary>Dials another node. An original among the two must not have been started; it is, once they know each other.</summary>
        public async Task IntroduceAsync(TestNode other)
        {
            if (node.Whose != Implementation.Original && other.Whose != Implementation.Original)
            {
                await node.ConnectAsync(other);
            }
            else
            {
                Task accepting = other.AcceptAsync(node);
                await node.ConnectAsync(other, via: "direct");
                await accepting;
                foreach (TestNode original in new[] { node, other }.Where(static either => either.Whose == Implementation.Original))
                    await original.Lines.CallAsync("start");
            }
            await node.WaitForPeerAsync(other);
            await other.WaitForPeerAsync(node);
        }

        /// <summary>Makes an original that was not started know some nodes of ours, which know one another then as well, and starts it.</summary>
        public async Task IntroduceToAllAsync(params TestNode[] ours)
        {
            foreach (TestNode one in ours)
            {
                Task accepting = node.AcceptAsync(one);
                await one.ConnectAsync(node, via: "direct");
                await accepting;
            }
            await node.Lines.CallAsync("start");
            for (int i = 0; i < ours.Length; i++)
            {
                for (int j = i + 1; j < ours.Length; j++)
                    await ours[i].IntroduceAsync(ours[j]);
                await ours[i].WaitForPeerAsync(node);
                await node.WaitForPeerAsync(ours[i]);
            }
        }
    }
}
